package templates

import "testing"

func BenchmarkRender(b *testing.B) {
	set, err := Load("")
	if err != nil {
		b.Fatal(err)
	}
	mail, facts := set.Mail("login", "en"), facts()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mail.Render(facts); err != nil {
			b.Fatal(err)
		}
	}
}
