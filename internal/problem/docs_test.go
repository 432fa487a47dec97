package problem

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/errors.md")

const errorsDoc = "../../docs/errors.md"

// TestTheDocsListTheCatalogue holds docs/errors.md to the catalogue: every type with
// its status and sentence, and none that is not there.
func TestTheDocsListTheCatalogue(t *testing.T) {
	want := document()
	if *update {
		if err := os.WriteFile(errorsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(errorsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/errors.md is not the catalogue: go test ./internal/problem -run Docs -update")
	}
}

func document() string {
	var b strings.Builder
	b.WriteString(`# Errors

Every refusal is one of these. A running service shows the same list at ` + "`/errors`" + `, where each answer's
` + "`error_url`" + ` leads. A type is never renamed and never gets another meaning; build on ` + "`error_type`" + `, not on the
message.

` + "```json" + `
{
  "status_code": 400,
  "request_id": "request-id-test-…",
  "error_type": "pkce_expected_code_verifier",
  "error_message": "The login was begun with a code_challenge: send the matching code_verifier. Nothing was spent.",
  "error_url": "https://login.example.com/errors#pkce_expected_code_verifier",
  "error_details": {
    "next": "open_where_asked",
    "next_url": "https://login.example.com/other-device/project-test-…"
  }
}
` + "```" + `

Some answers add ` + "`error_details`" + `: ` + "`reason`" + ` of a link that cannot be redeemed (` + "`redeemed`" + `, ` + "`revoked`" + `, ` + "`expired`" + `, ` + "`purged`" + `), with
its ` + "`reference`" + `, as it stands in the mail's footer, and ` + "`kind`" + ` ` + "`invite`" + ` if it was one; ` + "`reason`" + ` ` + "`invite_page`" + ` of a token
from an invite's mail, which redeems nothing; ` + "`reason`" + ` of a redirect URL that was refused; ` + "`type`" + ` of the link whose redirect list was asked; ` + "`member`" + ` of the body that is missing or refused;
` + "`bucket`" + ` of the limit that was reached; ` + "`filter`" + ` of the search whose value is refused; ` + "`next`" + `, [what to do next](#what-to-do-next). 429 and 503 carry ` + "`Retry-After`" + `.

| error_type | status | what it says | next |
|---|---|---|---|
`)
	for _, p := range All() {
		fmt.Fprintf(&b, "| `%s` | %d | %s | %s |\n", p.Type, p.Status, p.Message, code(string(p.Next)))
	}
	b.WriteString(`
## What to do next

Where somebody can be stuck, ` + "`error_details.next`" + ` is the step that helps, for programs: a client can show its own sentence for each without knowing
every type. There may be more of them with a later version. What stands in the table above is the usual one; a dead link that was an invite says
` + "`ask_inviter`" + `, and a mailbox whose guesses at codes are used up says ` + "`use_link`" + `.

| next | what to do |
|---|---|
`)
	for _, step := range Steps() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", step.Step, step.Says)
	}
	b.WriteString(`
Some answers are not in this shape but plain text, since Go's HTTP server gives them before Latchkey sees a request: 400 to what is no
HTTP, 431 to headers over 16 KiB, 501 to a transfer encoding and 505 to a version that it does not know.
`)
	return b.String()
}

func code(word string) string {
	if word == "" {
		return ""
	}
	return "`" + word + "`"
}

// A step that nobody explains helps nobody, and one that nothing leads to is dead.
func TestEveryStepIsExplained(t *testing.T) {
	explained := make(map[Step]bool)
	for _, step := range Steps() {
		explained[step.Step] = true
	}
	for _, p := range All() {
		if p.Next != "" && !explained[p.Next] {
			t.Errorf("%s leads to %s, which is not in Steps", p.Type, p.Next)
		}
	}
}
