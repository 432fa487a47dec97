package models

import "testing"

func TestAMaskedAddressShowsOneCharacterAndTheDomain(t *testing.T) {
	for address, want := range map[string]string{
		"ada@example.com": "a…@example.com", "a@example.com": "…@example.com",
		"@example.com": "…@example.com", "nonsense": "…", "": "…",
	} {
		if got := MaskedAddress(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
