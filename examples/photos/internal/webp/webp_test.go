package webp

import (
	"image"
	"image/color"
	"testing"
)

func TestAPictureIsReadBackAsItWasWritten(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range picture.Pix {
		picture.Pix[i] = 0xff
	}
	file, err := Encode(picture, 90)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if again.Bounds() != picture.Bounds() || again.At(20, 15) != (color.NRGBA{0xff, 0xff, 0xff, 0xff}) {
		t.Fatalf("%v with %v in it", again.Bounds(), again.At(20, 15))
	}
}

func TestWhatIsNoWebPIsRefused(t *testing.T) {
	for _, file := range [][]byte{nil, []byte("RIFF"), []byte("not a picture")} {
		if _, err := Decode(file); err == nil {
			t.Errorf("%q was decoded", file)
		}
	}
}
