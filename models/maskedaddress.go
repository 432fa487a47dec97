package models

import (
	"strings"
	"unicode/utf8"
)

// MaskedAddress leaves enough of an address for who knows it to recognize it: the first
// character and the domain.
func MaskedAddress(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "…"
	}
	_, first := utf8.DecodeRuneInString(address[:at])
	if first == at { // it would be the whole of it
		first = 0
	}
	return address[:first] + "…" + address[at:]
}
