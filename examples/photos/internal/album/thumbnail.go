package album

import (
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"

	"example.invalid/photos/internal/webp"
	"golang.org/x/image/draw"
)

const (
	// The longer side of a thumbnail, in pixels, at most.
	longest = 256
	// A photo of more pixels is refused before it is decoded: it would take all memory.
	mostPixels = 50_000_000
	quality    = 80
)

// The thumbnail of a PNG or JPEG file, as a WebP file.
func thumbnail(photo io.ReadSeeker) ([]byte, error) {
	about, _, err := image.DecodeConfig(photo)
	if err != nil {
		return nil, fmt.Errorf("neither PNG nor JPEG: %w", err)
	}
	if about.Width*about.Height > mostPixels {
		return nil, fmt.Errorf("%dx%d pixels are more than %d", about.Width, about.Height, mostPixels)
	}
	if _, err := photo.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	large, _, err := image.Decode(photo)
	if err != nil {
		return nil, err
	}
	small := image.NewNRGBA(image.Rectangle{Max: fit(large.Bounds().Size())})
	draw.CatmullRom.Scale(small, small.Bounds(), large, large.Bounds(), draw.Src, nil)
	return webp.Encode(small, quality)
}

// The size of the thumbnail of a photo: never larger than the photo, and of its shape.
func fit(size image.Point) image.Point {
	longer := max(size.X, size.Y)
	if longer <= longest {
		return size
	}
	return image.Pt(max(1, size.X*longest/longer), max(1, size.Y*longest/longer))
}
