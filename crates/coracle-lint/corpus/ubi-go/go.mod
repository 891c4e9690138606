module example.test/operator

go 1.24
