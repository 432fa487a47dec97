package templates

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // decoders for image.DecodeConfig
	_ "image/png"
)

// MaxLogo is the size of a logo's file, in bytes. It is loaded by phones on the road.
const MaxLogo = 64 << 10

// maxLogoSide is in pixels. A small file can unfold into a picture that fills a phone's
// memory.
const maxLogoSide = 2000

// Logo is a picture for the head of pages.
type Logo struct{ asset Asset }

// ParseLogo takes SVG, PNG or JPEG, by what the file holds and not by its name. Whatever
// an SVG holds besides a picture never runs: see Asset.
func ParseLogo(content []byte) (*Logo, error) {
	if len(content) > MaxLogo {
		return nil, fmt.Errorf("is larger than %d KiB", MaxLogo>>10)
	}
	if isSVG(content) {
		return &Logo{newAsset(content, ".svg", "image/svg+xml")}, nil
	}
	size, format, err := image.DecodeConfig(bytes.NewReader(content))
	switch {
	case err != nil:
		return nil, errors.New("is no SVG, PNG or JPEG")
	case size.Width > maxLogoSide || size.Height > maxLogoSide:
		return nil, fmt.Errorf("is larger than %d pixels to a side", maxLogoSide)
	}
	return &Logo{newAsset(content, "."+format, "image/"+format)}, nil
}

// isSVG looks at the first element. Whatever comes with it is shut in by the policy that it
// is served under.
func isSVG(content []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	var picture struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
	}
	return decoder.Decode(&picture) == nil
}
