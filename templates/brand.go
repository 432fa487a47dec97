package templates

import (
	"crypto/sha256"
	"encoding/hex"
)

// AssetsPath is where the handlers serve assets.
const AssetsPath = "/assets/"

// Brand is what of a project stands on each of its pages. The zero Brand is that of pages
// that are of no project.
type Brand struct {
	Name     string
	Accent   Accent
	Logo     *Logo // nil for none: then the name stands there
	LogoDark *Logo // the same for a dark page; nil where Logo does for both
}

// Asset is a file that pages load. It may come from outside, so whoever serves it must see
// to it that it is only looked at: a browser runs the scripts of an SVG that is opened by
// itself.
type Asset struct {
	Name      string // "pages.css"
	MediaType string
	Content   []byte
}

// Assets are the brand's files, under names that change with their content.
func (b Brand) Assets() []Asset {
	var assets []Asset
	for _, logo := range []*Logo{b.Logo, b.LogoDark} {
		if logo != nil {
			assets = append(assets, logo.asset)
		}
	}
	if b.Accent != (Accent{}) {
		assets = append(assets, b.Accent.asset())
	}
	return assets
}

func (a Accent) asset() Asset {
	return newAsset(a.stylesheet(), ".css", "text/css; charset=utf-8")
}

func newAsset(content []byte, extension, mediaType string) Asset {
	sum := sha256.Sum256(content)
	return Asset{Name: hex.EncodeToString(sum[:12]) + extension, MediaType: mediaType, Content: content}
}

// path is where a page finds the asset.
func (a Asset) path() string { return AssetsPath + a.Name }

// brandView is what the layout sees of a brand: paths, "" for what it has not.
type brandView struct {
	Name, Logo, LogoDark, Stylesheet string
}

func (b Brand) view() brandView {
	view := brandView{Name: printable(b.Name)}
	if b.Logo != nil {
		view.Logo = b.Logo.asset.path()
	}
	if b.LogoDark != nil {
		view.LogoDark = b.LogoDark.asset.path()
	}
	if b.Accent != (Accent{}) {
		view.Stylesheet = b.Accent.asset().path()
	}
	return view
}
