package config

import (
	"strings"
	"testing"
)

func TestWhatIsNoYAML(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "1: the file is empty: start from the config.yaml that comes with Latchkey"},
		"comments only":      {"# later\n", "1: the file is empty: start from the config.yaml that comes with Latchkey"},
		"tab":                {"server:\n\tlisten: :8080\n", "2: a tab indents this line: YAML takes spaces only"},
		"indent":             {"server:\n  listen: :8080\n   public_url: x\n", `3: is indented differently from its neighbours, or needs quotes around a value with ": " in it`},
		"colon in a value":   {"smtp:\n  url: hunter2: x\n", `2: is indented differently from its neighbours, or needs quotes around a value with ": " in it`},
		"bare reference":     {"smtp: {url: ${SMTP_URL}}\n", `1: inside {…} or […] a value with ${NAME} needs quotes, as in {url: "${SMTP_URL}"}`},
		"bare star":          {"log:\n  level: *hunter2\n", "2: a value that begins with * or & needs quotes"},
		"bare exclamation":   {"log:\n  level: !hunter2{\n", "2: a value that begins with ! needs quotes"},
		"open quote":         {"log:\n  level: 'hunter2\n", "2: cannot be read as YAML: found unexpected end of stream"},
		"open bracket":       {"log: [a,\n", "1: cannot be read as YAML: did not find expected node content"},
		"UTF-16":             {"\xff\xfea\x00", "1: is not UTF-8: save the file in that encoding"},
		"Latin-1":            {"log:\n  level: \xe4\n", "2: is not UTF-8: save the file in that encoding"},
		"control":            {"log:\n\n  level: a\x01b\n", "3: has a control character in it: delete it"},
		"old Mac":            {"server:\rlog:\r", "1: has a control character in it: delete it"},
		"line separator":     {"log:\n  level: a\u2028b\n", "2: has a control character in it: delete it"},
		"deep":               {strings.Repeat("[", 100_000), "1: cannot be read as YAML: exceeded max depth of 10000"},
		"future YAML":        {"%YAML 9.9\n---\nlog:\n", "1: cannot be read as YAML: found incompatible YAML document"},
		"broken second part": {"log:\n---\n'\n", "3: cannot be read as YAML: found unexpected end of stream"},
	} {
		t.Run(name, func(t *testing.T) { expectComplaints(t, c.text, nil, "config.yaml:"+c.want) })
	}
}

func TestYAMLThatIsNotReadHere(t *testing.T) {
	const noAlias = "anchors and aliases (& and *) are not read here: write the value out, or put it in quotes"
	bomb := "log:\n  level: &a [x,x]\nsender:\n  name: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\ntemplates:\n  dir: [*b,*b,*b,*b,*b,*b,*b,*b]\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"second document":    {minimal + "---\n" + minimal, []string{"config.yaml:12: a second document begins after ---: one file is one configuration"}},
		"alias":              {change("    name: Example", "    name: &n Example\n    jwt_algorithm: *n"), []string{"config.yaml:9: projects[0].name: " + noAlias, "config.yaml:10: projects[0].jwt_algorithm: " + noAlias}},
		"tag":                {change("smtp:\n", "smtp:\n  senders: !!int 4\n"), []string{"config.yaml:4: smtp.senders: tags (!) are not read here: leave it away, or put the value in quotes"}},
		"merge key":          {change("smtp:\n", "smtp:\n  <<: {senders: 4}\n"), []string{"config.yaml:4: smtp.…: there is no such key: want url, tls, ca_file, auth, fallbacks, helo_name, senders, mails_per_connection or connection_idle_seconds"}},
		"a scalar":           {"hello", []string{"config.yaml:1: want a group of keys: server, database, keys, smtp, sender, limits, templates, log or projects"}},
		"a list":             {"- a", []string{"config.yaml:1: want a group of keys: server, database, keys, smtp, sender, limits, templates, log or projects"}},
		"key that is a list": {change("smtp:\n", "smtp:\n  ? [a]\n  : b\n"), []string{"config.yaml:4: smtp.…: there is no such key: want url, tls, ca_file, auth, fallbacks, helo_name, senders, mails_per_connection or connection_idle_seconds"}},
		"alias bomb": {bomb + minimal[strings.Index(minimal, "server:"):strings.Index(minimal, "sender:")] + minimal[strings.Index(minimal, "projects:"):], []string{
			"config.yaml:2: log.level: " + noAlias,
			"config.yaml:3: sender.address: is missing: name the address that mail comes from, or give each project its own",
			"config.yaml:4: sender.name: " + noAlias,
			"config.yaml:6: templates.dir: wants one value, not a list or a group of keys",
		}},
	} {
		t.Run(name, func(t *testing.T) { expectComplaints(t, c.text, nil, c.want...) })
	}
}
