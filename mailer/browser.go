package mailer

import "strings"

// token is what gives a program away in a User-Agent.
type token struct{ mark, name string }

// browserOf condenses a User-Agent to "Firefox" and "Linux". What is not known is "":
// nothing is better than something wrong in a mail that asks "was this you?". It never
// repeats what the caller wrote.
func browserOf(userAgent string) (browser, system string) {
	return firstMark(userAgent, browserTokens()), firstMark(userAgent, systemTokens())
}

func firstMark(userAgent string, tokens []token) string {
	for _, t := range tokens {
		if strings.Contains(userAgent, t.mark) {
			return t.name
		}
	}
	return ""
}

// browserTokens has those first that claim to be others too: every Chromium says
// Chrome and Safari, and what calls itself Safari alone is Safari.
func browserTokens() []token {
	return []token{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"},
		{"OPR/", "Opera"}, {"OPT/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Vivaldi/", "Vivaldi"},
		{"YaBrowser/", "Yandex Browser"},
		{"DuckDuckGo/", "DuckDuckGo"}, {"Ddg/", "DuckDuckGo"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
	}
}

// systemTokens: phones come first, since Android says Linux and iPhones say
// "like Mac OS X". An iPad in its default setting says Macintosh and cannot be told
// from one.
func systemTokens() []token {
	return []token{
		{"Android", "Android"},
		{"iPhone", "iPhone"}, {"iPad", "iPad"},
		{"CrOS", "ChromeOS"},
		{"Windows NT", "Windows"},
		{"Macintosh", "macOS"},
		{"Linux", "Linux"},
	}
}
