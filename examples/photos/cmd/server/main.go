// The server of photos: takes PNG and JPEG files, and gives their thumbnails as WebP, which libwebp makes.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"example.invalid/photos/internal/about"
	"example.invalid/photos/internal/album"
	"example.invalid/photos/internal/webp"
)

// The largest photo, in bytes.
const most = 32 << 20

func main() {
	about.Main(func(mux *http.ServeMux) error {
		photos, err := album.Open()
		if err != nil {
			return err
		}
		answers := server{photos}
		mux.HandleFunc("POST /photos", answers.add)
		mux.HandleFunc("GET /photos/{id}", answers.thumbnail)
		mux.HandleFunc("GET /photos/{id}/size", answers.size)
		return nil
	})
}

type server struct {
	photos album.Album
}

// The id of a photo is made of its content: the same photo twice is one.
func (s server) add(w http.ResponseWriter, r *http.Request) {
	photo, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	digest := sha256.Sum256(photo)
	id := hex.EncodeToString(digest[:8])
	if err := s.photos.Add(id, photo); err != nil {
		http.Error(w, err.Error(), because(err, http.StatusUnprocessableEntity))
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintln(w, id)
}

func (s server) thumbnail(w http.ResponseWriter, r *http.Request) {
	file, err := s.photos.Thumbnail(r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), because(err, http.StatusInternalServerError))
		return
	}
	w.Header().Set("Content-Type", "image/webp")
	_, _ = w.Write(file)
}

// The size as libwebp reads it out of the file.
func (s server) size(w http.ResponseWriter, r *http.Request) {
	file, err := s.photos.Thumbnail(r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), because(err, http.StatusInternalServerError))
		return
	}
	picture, err := webp.Decode(file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	size := picture.Bounds().Size()
	fmt.Fprintf(w, "%dx%d\n", size.X, size.Y)
}

// The status of an error: what the disk says is not the caller's fault, unless it is that there is no such photo.
func because(err error, otherwise int) int {
	var disk *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return http.StatusNotFound
	case errors.As(err, &disk):
		return http.StatusInternalServerError
	default:
		return otherwise
	}
}
