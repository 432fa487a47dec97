package e2e

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// console gathers what the browser complains about in a person's tabs: exceptions,
// console.error, blocked by a policy, not found. A tab that a page opened is heard from
// the moment we have found it, so each page is also opened by a test itself.
type console struct {
	mu         sync.Mutex
	complaints []string
}

// listen is a listener of a tab's events.
func (c *console) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.note(exceptionText(e.ExceptionDetails), fmt.Sprint(e.ExceptionDetails.URL, ":", e.ExceptionDetails.LineNumber))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			c.note("console."+string(e.Type), consoleText(e.Args))
		}
	case *log.EventEntryAdded:
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !isShownRefusal(e.Entry) {
			c.note(e.Entry.Text, e.Entry.URL)
		}
	}
}

func consoleText(args []*runtime.RemoteObject) string {
	var words []string
	for _, arg := range args {
		words = append(words, cmp.Or(arg.Description, string(arg.Value)))
	}
	return strings.Join(words, " ")
}

func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception == nil {
		return details.Text
	}
	return details.Text + " " + details.Exception.Description
}

var refused = regexp.MustCompile(`the server responded with a status of 4\d\d `)

// isShownRefusal: the browser notes every refusal, also one that is a page of its own
// or that a page asked for and shows.
func isShownRefusal(entry *log.Entry) bool {
	shown := strings.Contains(entry.URL, "/l/") || strings.Contains(entry.URL, "/demo/api/") || strings.Contains(entry.URL, "/sdk/v1/")
	return shown && refused.MatchString(entry.Text)
}

func (c *console) note(complaint, where string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, complaint+" at "+where)
}

func (c *console) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, complaint := range c.complaints {
		t.Errorf("the browser complains: %s", complaint)
	}
}
