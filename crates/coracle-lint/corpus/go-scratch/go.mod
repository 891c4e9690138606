module example.test/hook

go 1.25
