package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// tab is one of a person's.
type tab struct {
	t      *testing.T
	ctx    context.Context
	person *person
}

// open opens a page in a new tab.
func (p *person) open(url string) *tab {
	p.t.Helper()
	tab := p.newTab()
	tab.do(chromedp.Navigate(url))
	return tab
}

// newTab makes a tab, or takes one that is there if an option names it.
func (p *person) newTab(options ...chromedp.ContextOption) *tab {
	p.t.Helper()
	ctx, closeTab := chromedp.NewContext(p.first, options...)
	p.t.Cleanup(closeTab)
	tab := &tab{t: p.t, ctx: ctx, person: p}
	if err := chromedp.Listen(ctx, p.console.listen); err != nil {
		p.t.Fatal(err)
	}
	return tab
}

// do runs actions, within reason.
func (tab *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		tab.t.Fatalf("%v\nthe page shows:\n%s", err, tab.words())
	}
}

// words is the page as a person reads it, for messages.
func (tab *tab) words() string {
	ctx, cancel := context.WithTimeout(tab.ctx, time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// eval is the value of an expression of JavaScript, awaited where it is a promise.
func eval[T any](tab *tab, expression string) (value T) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression of JavaScript to hold. Not by animation frames, which
// a tab in the background does not get.
func (tab *tab) until(expression string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	poll := chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience))
	_, err := chromedp.Run(ctx, poll)
	for wasLeft(err) && ctx.Err() == nil {
		_, err = chromedp.Run(ctx, poll)
	}
	if err != nil {
		tab.t.Fatalf("waiting for %s: %v\nthe page shows:\n%s", expression, err, tab.words())
	}
}

// wasLeft says whether a page was left for the next one while it was looked at.
func wasLeft(err error) bool {
	var refused *cdproto.Error
	return errors.As(err, &refused) && refused.Code == -32000 // "Inspected target navigated or closed"
}

// testID selects by the mark that pages bear for tests.
func testID(id string) chromedp.CSS { return chromedp.CSS(fmt.Sprintf("[data-testid=%q]", id)) }

func (tab *tab) click(selector chromedp.CSS) {
	tab.t.Helper()
	tab.do(chromedp.Click(selector, chromedp.NodeVisible))
}

// types puts the words in the place of what stands in the field.
func (tab *tab) types(selector chromedp.CSS, words string) {
	tab.t.Helper()
	tab.sees(selector)
	tab.until(fmt.Sprintf("document.querySelector(%q).select() === undefined", string(selector)))
	tab.do(chromedp.SendKeys(selector, words))
}

func (tab *tab) sees(selector chromedp.CSS) {
	tab.t.Helper()
	tab.do(chromedp.WaitVisible(selector))
}

// reads waits until the words stand in the element, which is to be seen.
func (tab *tab) reads(selector chromedp.CSS, words string) {
	tab.t.Helper()
	tab.sees(selector)
	tab.until(fmt.Sprintf("document.querySelector(%q)?.innerText.includes(%q)", string(selector), words))
}

// clickForTab clicks what opens a tab and returns that, once it shows the page at url:
// chromedp cannot take hold of a tab that is still on its way (its node tree races).
func (tab *tab) clickForTab(selector chromedp.CSS, url string) *tab {
	tab.t.Helper()
	opened := chromedp.WaitNewTarget(tab.ctx, func(info *target.Info) bool { return info.URL == url })
	tab.click(selector)
	select {
	case id := <-opened:
		return tab.person.newTab(chromedp.WithTargetID(id))
	case <-time.After(patience):
		tab.t.Fatalf("a click on %s opened no tab with %s\nthe page shows:\n%s", selector, url, tab.words())
		return nil
	}
}

// checkHistory wants no secret in the tab's history or address. What a person typed
// into the address bar (UserTypedURL) is theirs, and no page can take it out.
func (tab *tab) checkHistory(found secrets) {
	tab.t.Helper()
	history, err := chromedp.Run(tab.ctx, chromedp.NavigationEntries())
	if err != nil {
		tab.t.Fatal(err)
	}
	for _, entry := range history.Entries {
		found.checkAbsent(tab.t, "the tab's history", entry.URL+"\n"+entry.Title)
	}
	found.checkAbsent(tab.t, "the tab's address", eval[string](tab, "location.href"))
}

// leadsTo waits until the tab's address begins so. It works without scripts, too.
func (tab *tab) leadsTo(url string) {
	tab.t.Helper()
	at := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if at = eval[string](tab, "location.href"); strings.HasPrefix(at, url) {
			return
		}
	}
	tab.t.Fatalf("the tab is at %s, want %s", at, url)
}

// frame is the sandboxed document in the page whose URL ends so: to the browser it is
// a target of its own.
func (tab *tab) frame(urlEnd string) *tab {
	tab.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		all, err := chromedp.Targets(tab.ctx)
		if err != nil {
			tab.t.Fatal(err)
		}
		for _, info := range all {
			if info.Type == "iframe" && strings.HasSuffix(info.URL, urlEnd) {
				return tab.person.newTab(chromedp.WithTargetID(info.TargetID))
			}
		}
	}
	tab.t.Fatalf("there is no frame with %s", urlEnd)
	return nil
}
