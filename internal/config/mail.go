package config

import (
	"time"

	"latchkey/mailer"
	"latchkey/templates"
)

// mailer puts the relay, the senders and the projects' names together.
func (d *document) mailer(f file) mailer.Config {
	d.require("smtp.url", f.SMTP.URL, "name the server that takes the mail, as in smtp://localhost:1025")
	d.atLeastOne("smtp.senders", f.SMTP.Senders)
	d.atLeastOne("smtp.mails_per_connection", f.SMTP.MailsPerConnection)
	d.atLeastOne("smtp.connection_idle_seconds", f.SMTP.ConnectionIdleSeconds)
	cfg := mailer.Config{
		URL:                   f.SMTP.URL,
		Senders:               f.SMTP.Senders,
		MessagesPerConnection: f.SMTP.MailsPerConnection,
		IdleClose:             time.Duration(f.SMTP.ConnectionIdleSeconds) * time.Second,
		PublicURL:             f.Server.PublicURL,
		Projects:              make(map[string]mailer.Project, len(f.Projects)),
	}
	locales := d.locales(f.Templates)
	for i, p := range f.Projects {
		d.oneOf(index(i)+".locale", p.Locale, locales...)
		sender := senderOf(p, f.Sender)
		d.require("sender.address", sender.FromAddress, "name the address that mail comes from, or give each project its own")
		cfg.Projects[p.ID] = sender
	}
	cfg.Validate(d.mailerFault(f))
	return cfg
}

// atLeastOne: to the mailer, zero means its default; here it is a mistake.
func (d *document) atLeastOne(path string, number int) {
	if number < 1 {
		d.complain(path, "want 1 or more")
	}
}

// locales are the languages that there are words for. A folder that cannot be read has
// its own complaint when the templates are loaded.
func (d *document) locales(t templatesSection) []string {
	locales, err := templates.Locales(d.beside(t.Dir))
	if err != nil {
		locales, _ = templates.Locales("")
	}
	return locales
}

// senderOf: what a project does not say of its sender is the installation's.
func senderOf(p projectSection, usual senderSection) mailer.Project {
	sender := mailer.Project{Name: p.Name, FromName: p.Sender.Name, FromAddress: p.Sender.Address, Code: p.Code, Locale: p.Locale}
	if sender.FromName == "" {
		sender.FromName = usual.Name
	}
	if sender.FromAddress == "" {
		sender.FromAddress = usual.Address
	}
	return sender
}

// mailerFault finds the key behind a field that the mailer complains about.
func (d *document) mailerFault(f file) func(field, message string) {
	keys := map[string]string{
		"public_url":              "server.public_url",
		"url":                     "smtp.url",
		"senders":                 "smtp.senders",
		"messages_per_connection": "smtp.mails_per_connection",
		"idle_close":              "smtp.connection_idle_seconds",
	}
	for i, p := range f.Projects {
		field, section := "projects."+p.ID+".", index(i)
		keys[field+"name"] = section + ".name"
		keys[field+"from_name"] = either(p.Sender.Name, section+".sender.name", "sender.name")
		keys[field+"from_address"] = either(p.Sender.Address, section+".sender.address", "sender.address")
	}
	return func(field, message string) {
		key, known := keys[field]
		if !known {
			key = "smtp." + field
		}
		d.complain(key, message)
	}
}

// either tells whether the project's own value was used or the installation's.
func either(own, project, usual string) string {
	if own != "" {
		return project
	}
	return usual
}
