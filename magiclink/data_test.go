package magiclink

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A row is a line of a table in testdata: a verdict, one or more values in Go's
// quotes, and the reason.
type row struct {
	line    int
	verdict string
	values  []string
	reason  string
}

func readRows(t *testing.T, path string) (rows []row) {
	t.Helper()
	file, err := os.Open(path)
	fatal(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		if text := lines.Text(); text != "" && !strings.HasPrefix(text, "#") {
			rows = append(rows, readRow(t, n, text))
		}
	}
	fatal(t, lines.Err())
	return rows
}

func readRow(t *testing.T, line int, text string) row {
	t.Helper()
	verdict, rest, _ := strings.Cut(text, " ")
	r := row{line: line, verdict: verdict}
	for {
		rest = strings.TrimLeft(rest, " ")
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			break
		}
		value, err := strconv.Unquote(quoted)
		fatal(t, err)
		r.values, rest = append(r.values, value), rest[len(quoted):]
	}
	if r.reason = rest; r.reason == "" || len(r.values) == 0 {
		t.Fatalf("line %d: want a verdict, a quoted value and a reason", line)
	}
	return r
}

// enough keeps a table from shrinking unseen.
func enough(t *testing.T, rows []row, verdict string, want int) {
	t.Helper()
	got := 0
	for _, r := range rows {
		if r.verdict == verdict {
			got++
		}
	}
	if got < want {
		t.Errorf("%d rows are %s, want %d or more", got, verdict, want)
	}
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
