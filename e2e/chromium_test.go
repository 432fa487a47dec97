package e2e

import (
	"context"
	"os/exec"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// browsers bounds how many run at once: one takes a core and some 300 MB.
var browsers = make(chan struct{}, 2)

// startChromium starts the machine's own, with a fresh profile, for one test.
func startChromium(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := findChromium(t)
	browsers <- struct{}{}
	t.Cleanup(func() { <-browsers })
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		// As root, as in a container, chromedp adds no-sandbox by itself.
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// The browser asks its maker about every form otherwise.
		chromedp.Flag("disable-features", "Translate,AutofillServerCommunication"),
		chromedp.WindowSize(1280, 900),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(stop)
	// What goes wrong for us comes back as an error. The rest is about closing tabs.
	ctx, quit := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(quit)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	return ctx
}

func findChromium(t *testing.T) (path string) {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "no Chromium in PATH: no page was tried in a browser")
	return ""
}

// person is somebody with a browser of their own: storage and cookies are shared with
// no other person's.
type person struct {
	t       *testing.T
	first   context.Context // of the tab that the others are made from
	traffic *traffic
	console *console
}

func newPerson(t *testing.T, chromium context.Context) *person {
	t.Helper()
	record := recordTraffic(t)
	ctx, leave := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext(
		func(params *target.CreateBrowserContextParams) {
			params.ProxyServer = record.URL
			params.ProxyBypassList = "<-loopback>" // which is passed by otherwise
		}))
	t.Cleanup(leave)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &person{t: t, first: ctx, traffic: record, console: &console{}}
}

// check is what holds for everything a person did: see traffic and console.
func (p *person) check(found secrets) {
	p.t.Helper()
	p.traffic.check(p.t, found)
	p.console.check(p.t)
}
