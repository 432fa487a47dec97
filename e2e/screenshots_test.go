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
	for _, screen := range screens {
		for _, scheme := range []string{"light", "dark"} {
			tab.do(chromedp.EmulateViewport(screen.width, screen.height), emulateScheme(scheme))
			// From the top, or what sticks to the window stands in the midst of the picture.
			// Two frames later all that was going to be laid out anew is.
			tab.eventually(`new Promise((done) => {
				scrollTo(0, 0);
				requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
			})`)
			c.save(tab, fmt.Sprintf("%s-%s-%s.png", name, screen.name, scheme))
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
	dev, c := startDev(t), camera{t, folder}
	chromium := startChromium(t)
	ada, other := newPerson(t, chromium), newPerson(t, chromium)
	inbox := ada.open(dev.inbox + "/")
	inbox.reads("#welcome", "No mail yet")
	c.shoot(inbox, "inbox-1-empty")
	demo := ada.open(dev.url + "/demo/")
	demo.sees(testID("panel-start"))
	c.shoot(demo, "demo-1-start")
	demo.types(testID("email"), "ada")
	demo.click(testID("start-submit"))
	demo.sees(testID("start-error"))
	c.shoot(demo, "demo-2-refused-address")
	askForLink(demo, "ada@example.com")
	demo.reads(testID("waiting-title"), "You have mail")
	c.shoot(demo, "demo-3-waiting")
	mail := dev.mail(t, "ada@example.com")
	shootInbox(c, ada, dev, mail)

	elsewhere := other.open(mail.Link)
	elsewhere.sees(testID("panel-elsewhere"))
	c.shoot(elsewhere, "demo-5-other-browser")
	elsewhere.click(testID("try-anyway"))
	elsewhere.sees(testID("try-after"))
	c.shoot(elsewhere, "demo-6-tried-anyway")
	demo.click(testID("attack-start"))
	demo.sees(testID("verdict"))
	c.shoot(demo, "demo-4-attacked")
	landed := ada.open(mail.Link)
	landed.sees(testID("panel-in"))
	c.shoot(landed, "demo-7-in")
	landed.do(chromedp.Navigate(mail.Link))
	landed.sees("h1")
	c.shoot(landed, "page-link-used")
	shootPages(c, other, dev)
}

func shootInbox(c camera, p *person, d *dev, mail caught) {
	for i := range 3 {
		address := fmt.Sprintf("person-%d@example.com", i)
		d.backEnd().start(c.t, address, newPair())
		d.mail(c.t, address)
	}
	// The list is a page of its own on a phone only.
	list := p.open("about:blank")
	list.do(chromedp.EmulateViewport(screens[0].width, screens[0].height), chromedp.Navigate(d.inbox+"/"))
	list.reads("#list", "ada@example.com")
	c.shoot(list, "inbox-2-list")
	for _, view := range []string{"html", "text", "source"} {
		open := p.open(d.inbox + "/#" + mail.ID)
		open.click(chromedp.CSS("#tab-" + view))
		open.sees(chromedp.CSS("#panel-" + view))
		open.until(`document.querySelector("iframe") !== null`)
		c.shoot(open, "inbox-3-mail-"+view)
	}
}

// shootPages takes the server's own pages.
func shootPages(c camera, p *person, d *dev) {
	pages := p.open(d.url + "/l/" + "AQGh-5ylSH2nqr3LNuD5dYjLSsMLEdZ4CKqb2val-kFQ")
	pages.sees("h1")
	c.shoot(pages, "page-link-unknown")
	pages.do(chromedp.Navigate(d.url + "/errors"))
	c.shoot(pages, "page-errors")
	pages.do(chromedp.Navigate(d.url + "/demo/callback"))
	pages.sees(testID("panel-bare"))
	c.shoot(pages, "demo-8-no-link")
	d.backEnd().expect(c.t, startPath, body{
		"email": "app@example.com", "code_challenge": newPair().challenge, "redirect_url": "latchkey-demo://callback",
	}, "")
	pages.do(chromedp.Navigate(d.mail(c.t, "app@example.com").Link))
	pages.sees("a.button")
	c.shoot(pages, "page-open-app")
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
