// The scheduler of photos: makes the thumbnails that photos in the folder lack, every INTERVAL seconds.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"example.invalid/photos/internal/about"
	"example.invalid/photos/internal/album"
)

func main() {
	about.Main(func(*http.ServeMux) error { return nil }, catchUp)
}

func catchUp(ended context.Context) error {
	photos, err := album.Open()
	if err != nil {
		return err
	}
	every, err := interval()
	if err != nil {
		return err
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		made, err := photos.CatchUp()
		for _, id := range made {
			log.Printf("made the thumbnail of %s", id)
		}
		if err != nil {
			log.Print(err)
		}
		select {
		case <-ended.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// A minute, unless INTERVAL says how many seconds.
func interval() (time.Duration, error) {
	text := os.Getenv("INTERVAL")
	if text == "" {
		return time.Minute, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 1 {
		return 0, fmt.Errorf("INTERVAL is %q, and must be a number of seconds, 1 or more", text)
	}
	return time.Duration(seconds) * time.Second, nil
}
