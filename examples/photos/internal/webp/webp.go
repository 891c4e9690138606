// Package webp writes and reads WebP pictures with the system's libwebp. What imports it needs cgo.
package webp

/*
#cgo LDFLAGS: -lwebp
#include <webp/decode.h>
#include <webp/encode.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"unsafe"
)

// Encode is a picture as a WebP file, of a quality between 0 and 100.
func Encode(picture *image.NRGBA, quality float32) ([]byte, error) {
	size := picture.Bounds().Size()
	if size.X == 0 || size.Y == 0 {
		return nil, errors.New("a picture without pixels cannot be WebP")
	}
	var file *C.uint8_t
	length := C.WebPEncodeRGBA((*C.uint8_t)(unsafe.Pointer(&picture.Pix[0])),
		C.int(size.X), C.int(size.Y), C.int(picture.Stride), C.float(quality), &file)
	if length == 0 {
		return nil, fmt.Errorf("libwebp cannot encode a picture of %dx%d", size.X, size.Y)
	}
	defer C.WebPFree(unsafe.Pointer(file))
	return C.GoBytes(unsafe.Pointer(file), C.int(length)), nil
}

// Decode is the picture of a WebP file.
func Decode(file []byte) (*image.NRGBA, error) {
	if len(file) == 0 {
		return nil, errors.New("an empty file is no WebP")
	}
	var width, height C.int
	pixels := C.WebPDecodeRGBA((*C.uint8_t)(unsafe.Pointer(&file[0])), C.size_t(len(file)), &width, &height)
	if pixels == nil {
		return nil, errors.New("libwebp cannot decode it: it is no WebP, or damaged")
	}
	defer C.WebPFree(unsafe.Pointer(pixels))
	picture := image.NewNRGBA(image.Rect(0, 0, int(width), int(height)))
	copy(picture.Pix, unsafe.Slice((*byte)(unsafe.Pointer(pixels)), len(picture.Pix)))
	return picture, nil
}
