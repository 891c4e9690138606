package album

import (
	"image"
	"testing"
)

func TestAThumbnailHasThePhotosShapeAndIsNeverLarger(t *testing.T) {
	for size, expected := range map[image.Point]image.Point{
		{X: 640, Y: 480}:  {X: 256, Y: 192},
		{X: 480, Y: 640}:  {X: 192, Y: 256},
		{X: 40, Y: 30}:    {X: 40, Y: 30},
		{X: 256, Y: 256}:  {X: 256, Y: 256},
		{X: 9_000, Y: 10}: {X: 256, Y: 1},
	} {
		if got := fit(size); got != expected {
			t.Errorf("%v gives %v, not %v", size, got, expected)
		}
	}
}
