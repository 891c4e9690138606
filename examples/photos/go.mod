module example.invalid/photos

go 1.24.0

require (
	golang.org/x/image v0.33.0
	golang.org/x/sync v0.18.0
)
