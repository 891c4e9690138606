module example.invalid/photos

go 1.24
