// Package album is a folder of photos and their thumbnails: ID.webp is the thumbnail of ID.png or ID.jpg.
package album

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A volume, so that photos outlive the container.
const usual = "/data/photos"

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// Album is such a folder.
type Album struct {
	folder string
}

// Open opens the folder of the variable PHOTOS, and makes it where it is not there yet.
func Open() (Album, error) {
	folder := os.Getenv("PHOTOS")
	if folder == "" {
		folder = usual
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return Album{}, fmt.Errorf("cannot keep photos: %w", err)
	}
	return Album{folder}, nil
}

// Add makes the thumbnail of a PNG or JPEG file.
func (a Album) Add(id string, photo []byte) error {
	small, err := thumbnail(bytes.NewReader(photo))
	if err != nil {
		return err
	}
	return a.write(id+".webp", small)
}

// Thumbnail is the WebP file of a photo; fs.ErrNotExist when there is none, and no more, since it is told to strangers.
func (a Album) Thumbnail(id string) ([]byte, error) {
	if !validID.MatchString(id) {
		return nil, fs.ErrNotExist
	}
	file, err := os.ReadFile(filepath.Join(a.folder, id+".webp"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	return file, err
}

// CatchUp makes the thumbnails that photos in the folder lack, and says of which; photos that it cannot read are
// in the error, and do not keep it from the others.
func (a Album) CatchUp() (made []string, err error) {
	entries, err := os.ReadDir(a.folder)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, entry := range entries {
		id, ending, _ := strings.Cut(entry.Name(), ".")
		if ending != "png" && ending != "jpg" || !validID.MatchString(id) || a.has(id) {
			continue
		}
		photo, err := os.ReadFile(filepath.Join(a.folder, entry.Name()))
		if err == nil {
			err = a.Add(id, photo)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", entry.Name(), err))
			continue
		}
		made = append(made, id)
	}
	return made, errors.Join(failed...)
}

func (a Album) has(id string) bool {
	_, err := os.Stat(filepath.Join(a.folder, id+".webp"))
	return err == nil
}

// Writes a file beside its place and moves it there, so that nobody reads half of one.
func (a Album) write(name string, content []byte) error {
	file, err := os.CreateTemp(a.folder, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(content); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(a.folder, name))
}
