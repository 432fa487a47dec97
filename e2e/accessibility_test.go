package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var installedAxe = npmProject("axe")

// examiner holds pages against axe-core, which knows WCAG and what is good beyond it.
type examiner struct {
	t      *testing.T
	source string
}

func newExaminer(t *testing.T) examiner {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(installedAxe(t), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return examiner{t, string(source)}
}

// finding is a rule that a page breaks, and where.
type finding struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// examine runs every rule but those of level AAA, which no page as a whole need meet (WCAG
// 2.2 §5.2.1), and experiments. Some rules of the other levels must be asked for.
const examine = `axe.run(document, {resultTypes: ["violations"], rules: Object.fromEntries(axe.getRules()
	.filter((rule) => !rule.tags.some((tag) => ["wcag2aaa", "experimental", "deprecated"].includes(tag)))
	.map((rule) => [rule.ruleId, {enabled: true}]))
}).then((found) => JSON.stringify({violations: found.violations, passes: found.passes.length}))`

// look examines a page on each screen, light and dark.
func (e examiner) look(tab *tab, name string) {
	e.t.Helper()
	onEachScreen(tab, func(screen, scheme string) {
		var result struct {
			Violations []finding
			Passes     int
		}
		// Not by the page's own policy, which lets no script in: it is the browser's tools that do.
		text := eval[string](tab, e.source+";\n"+examine)
		if err := json.Unmarshal([]byte(text), &result); err != nil {
			e.t.Fatal(err)
		}
		if result.Passes < 10 {
			e.t.Errorf("%s, %s, %s: only %d rules had something to look at", name, screen, scheme, result.Passes)
		}
		for _, found := range result.Violations {
			e.t.Errorf("%s, %s, %s: %s: %s", name, screen, scheme, found.ID, found.Help)
			for _, node := range found.Nodes {
				e.t.Logf("\t%s\n\t%s", node.HTML, node.FailureSummary)
			}
		}
	})
}

func TestNoPageKeepsAnybodyOut(t *testing.T) {
	t.Parallel()
	chromium, e := startChromium(t), newExaminer(t)
	walkPages(t, chromium, e.look)
	walkDemo(t, chromium, e.look)
}

// controls are those that somebody who sees the page could click, and what else the keyboard
// stops at. Of a group (tabs, the inbox's list) it stops at one, and other keys lead on from
// there. What is within a frame is the frame's.
const controls = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
	.filter((e) => e.tabIndex >= 0 || e.matches("a, button, input, select, textarea, summary")
		&& !e.closest("nav, [role=tablist]")?.querySelector("[tabindex='0']"))
	.filter((e) => !e.disabled && e.checkVisibility({visibilityProperty: true}))`

// focused is what the keyboard is at, which it notes, and whether that shows.
const focused = `(() => {
	const at = document.activeElement, style = getComputedStyle(at);
	(window.reached ??= new Set()).add(at);
	const shows = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none";
	return {shows: shows || !` + controls + `.includes(at), html: at.outerHTML.slice(0, 100)};
})()`

// unreached are the controls that the keyboard has not been at yet. A list may have grown
// meanwhile.
const unreached = controls + `.filter((e) => !window.reached?.has(e)).map((e) => e.outerHTML.slice(0, 100))`

// mostTabs is more than any page has controls, those of a frame and of the browser among them.
const mostTabs = 100

// TestEveryControlIsReachedByTab: without a mouse, and one sees where one is.
func TestEveryControlIsReachedByTab(t *testing.T) {
	t.Parallel()
	chromium := startChromium(t)
	byTab := func(tab *tab, name string) {
		t.Helper()
		tab.do(chromedp.Evaluate[chromedp.Void]("window.reached = undefined"))
		var missing []string
		for range mostTabs {
			if missing = eval[[]string](tab, unreached); len(missing) == 0 {
				return
			}
			tab.do(chromedp.KeyEvent(kb.Tab))
			at := eval[struct {
				Shows bool
				HTML  string
			}](tab, focused)
			if !at.Shows {
				t.Errorf("%s: one does not see that the keyboard is at %s", name, at.HTML)
			}
		}
		t.Errorf("%s: Tab never comes to %s", name, missing)
	}
	walkPages(t, chromium, byTab)
	walkDemo(t, chromium, byTab)
}

// TestPagesWorkWithoutJavaScript: the buttons of our own pages are a form and links.
func TestPagesWorkWithoutJavaScript(t *testing.T) {
	t.Parallel()
	acme := startAcme(t)
	page := newPerson(t, startChromium(t)).open("about:blank")
	page.do(withoutScripts())
	pressed := 0
	for _, shown := range acme.pages(t) {
		page.do(chromedp.Navigate(shown.url))
		page.sees("h1")
		switch shown.name {
		case "other-device", "link-used", "link-replaced", "invite-used":
			page.click("a.button")
			page.leadsTo(acme.app + "/login")
			pressed++
		case "invite":
			page.click("button")
			page.leadsTo(acme.app + "/authenticate?")
			pressed++
		case "open-app":
			if to := eval[string](page, `document.querySelector("a.button").href`); !strings.HasPrefix(to, "acme-rockets.app://callback?") {
				t.Errorf("the button leads to %s", to)
			}
			pressed++
		}
	}
	if pressed != 6 {
		t.Errorf("pressed the buttons of %d pages, want 6", pressed)
	}
}

func withoutScripts() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

// TestALogoRunsNoScript: neither on a page nor where somebody opens the file by itself, as
// its address invites to. It would be a script on the origin of every link.
func TestALogoRunsNoScript(t *testing.T) {
	t.Parallel()
	acme := startAcme(t)
	page := newPerson(t, startChromium(t)).open(acme.url() + "/other-device/" + testToken)
	page.until(`document.querySelector("header img").naturalWidth > 0`)
	logo := eval[string](page, `document.querySelector("header img").currentSrc`)
	page.do(chromedp.Navigate(logo))
	if got := eval[string](page, "document.documentElement.tagName"); got != "svg" {
		t.Fatalf("%s shows a %s, want the logo", logo, got)
	}
	if eval[bool](page, `document.documentElement.hasAttribute("data-ran")`) {
		t.Error("a script in the logo ran on the origin of the links")
	}
}
