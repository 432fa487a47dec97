package config

import "regexp"

// reference is $${ (a literal ${), ${NAME}, or a ${ that is neither.
var reference = regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{`)

// expand fills ${NAME} in from the environment. It works on one scalar of the tree,
// so what a variable holds can never become a key or a list. A message names the
// variable and never its value.
func (d *document) expand(text, path string) string {
	d.written[path] = text
	return reference.ReplaceAllStringFunc(text, func(match string) string {
		if match == "$${" {
			return "${"
		}
		if match == "${" {
			d.complain(path, "${ begins the name of an environment variable, as in ${SMTP_URL}: close it with }, or write $${ for the two characters themselves")
			return ""
		}
		name := match[2 : len(match)-1]
		value, ok := d.lookup(name)
		if !ok {
			d.complain(path, "the environment variable "+name+" is not set: set it, or write the value here")
		}
		return value
	})
}

// literal is what stands in the file itself of the value at path, without what the
// environment adds. A section may have been written as that value alone.
func (d *document) literal(path string) string {
	written, ok := d.written[path]
	if !ok {
		written = d.written[parent(path)]
	}
	return reference.ReplaceAllString(written, "")
}
