module example.test/meter

go 1.25
