// The worker of photos: pure Go. It says how it is, what time it is elsewhere, who it is, and fetches pages over TLS.
package main

import (
	"net/http"

	"example.invalid/photos/internal/about"
)

func main() {
	about.Main(func(*http.ServeMux) error { return nil })
}
