module example.test/render

go 1.25
