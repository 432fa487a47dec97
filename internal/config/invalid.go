package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// remark is one sentence about one line.
type remark struct {
	line int
	text string
}

type remarks []remark

// lines renders the remarks in the order of the file, as compilers do: editors jump
// to PATH:LINE.
func (r remarks) lines(path string) []string {
	slices.SortFunc(r, func(a, b remark) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.text, b.text))
	})
	rendered := make([]string, len(r))
	for i, one := range r {
		rendered[i] = fmt.Sprintf("%s:%d: %s", path, one.line, one.text)
	}
	return rendered
}

// Invalid is everything that is wrong with one file.
type Invalid struct {
	Path   string
	faults remarks
}

// Complaints are the faults in the order of the file, each as PATH:LINE: sentence.
func (e *Invalid) Complaints() []string { return e.faults.lines(e.Path) }

func (e *Invalid) Error() string {
	return e.Path + " cannot be used:\n" + strings.Join(e.Complaints(), "\n")
}
