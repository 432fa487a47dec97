package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// screenshotsVariable names the environment variable with the folder for pictures of
// every page, for people to look at.
const screenshotsVariable = "LATCHKEY_SCREENSHOTS"

// screens are those that every page must look right on.
var screens = []struct {
	name          string
	width, height int64
}{
	{"phone", 390, 844},
	{"desktop", 1280, 900},
}

// camera takes pictures of tabs into a folder.
type camera struct {
	t      *testing.T
	folder string
}

// shoot takes the whole page on each screen, light and dark.
func (c camera) shoot(tab *tab, name string) {
	c.t.Helper()
	onEachScreen(tab, func(screen, scheme string) {
		// From the top, or what sticks to the window stands in the midst of the picture.
		// Two frames later all that was going to be laid out anew is.
		tab.eventually(`new Promise((done) => {
			scrollTo(0, 0);
			requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
		})`)
		c.save(tab, fmt.Sprintf("%s-%s-%s.png", name, screen, scheme))
	})
}

// onEachScreen shows the tab's page on each screen, light and dark.
func onEachScreen(tab *tab, look func(screen, scheme string)) {
	tab.t.Helper()
	for _, screen := range screens {
		for _, scheme := range []string{"light", "dark"} {
			tab.do(chromedp.EmulateViewport(screen.width, screen.height), emulateScheme(scheme))
			look(screen.name, scheme)
		}
	}
	tab.do(chromedp.EmulateViewport(screens[1].width, screens[1].height))
}

func emulateScheme(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"},
			},
		})
		return err
	})
}

func (c camera) save(tab *tab, file string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.folder, file), png, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func TestScreenshots(t *testing.T) {
	folder := os.Getenv(screenshotsVariable)
	if folder == "" {
		t.Skip("set " + screenshotsVariable + " to a folder for pictures of every page")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	chromium, c := startChromium(t), camera{t, folder}
	walkDemo(t, chromium, c.shoot)
	walkPages(t, chromium, c.shoot)
}

// eventually waits for a promise.
func (tab *tab) eventually(promise string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, 5*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](promise, chromedp.EvalAwaitPromise)); err != nil {
		tab.t.Fatalf("%s: %v", promise, err)
	}
}
