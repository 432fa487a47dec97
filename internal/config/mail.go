package config

import (
	"cmp"
	"time"

	"latchkey/mailer"
	"latchkey/templates"
)

// mailer puts the relays, the senders and the projects' names together.
func (d *document) mailer(f file, projects []Project) mailer.Config {
	d.atLeastOne("smtp.senders", f.SMTP.Senders)
	d.atLeastOne("smtp.mails_per_connection", f.SMTP.MailsPerConnection)
	d.atLeastOne("smtp.connection_idle_seconds", f.SMTP.ConnectionIdleSeconds)
	cfg := mailer.Config{
		Relays:                d.relays(f.SMTP),
		HeloName:              f.SMTP.HeloName,
		Senders:               f.SMTP.Senders,
		MessagesPerConnection: f.SMTP.MailsPerConnection,
		IdleClose:             time.Duration(f.SMTP.ConnectionIdleSeconds) * time.Second,
		PublicURL:             f.Server.PublicURL,
		Projects:              make(map[string]mailer.Project, len(f.Projects)),
	}
	usual := d.usualDKIM(f.Sender)
	locales := d.locales(f.Templates)
	for i, p := range f.Projects {
		d.oneOf(index(i)+".locale", p.Locale, locales...)
		sender := senderOf(p, f.Sender)
		d.require("sender.address", sender.FromAddress, "name the address that mail comes from, or give each project its own")
		sender.DKIM = d.projectDKIM(index(i)+".sender", p.Sender.DKIM, sender.FromAddress, usual)
		sender.Accent = projects[i].Brand.Accent
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
	return mailer.Project{
		Name:            p.Name,
		FromName:        cmp.Or(p.Sender.Name, usual.Name),
		FromAddress:     cmp.Or(p.Sender.Address, usual.Address),
		EnvelopeAddress: cmp.Or(p.Sender.EnvelopeAddress, usual.EnvelopeAddress),
		ReplyTo:         cmp.Or(p.Sender.ReplyTo, usual.ReplyTo),
		Code:            p.Code,
		Locale:          p.Locale,
	}
}

// mailerFault finds the key behind a field that the mailer complains about.
func (d *document) mailerFault(f file) func(field, message string) {
	keys := map[string]string{
		"public_url":              "server.public_url",
		"relays":                  "smtp.url",
		"messages_per_connection": "smtp.mails_per_connection",
		"idle_close":              "smtp.connection_idle_seconds",
	}
	for i, p := range f.Projects {
		field, section := "projects."+p.ID+".", index(i)
		keys[field+"name"] = section + ".name"
		keys[field+"from_name"] = either(p.Sender.Name, section, "sender.name")
		keys[field+"from_address"] = either(p.Sender.Address, section, "sender.address")
		keys[field+"envelope_address"] = either(p.Sender.EnvelopeAddress, section, "sender.envelope_address")
		keys[field+"reply_to"] = either(p.Sender.ReplyTo, section, "sender.reply_to")
		keys[field+"dkim"] = either(p.Sender.DKIM.KeyFile, section, "sender.dkim.domain")
	}
	return func(field, message string) {
		d.complain(cmp.Or(keys[field], "smtp."+field), message)
	}
}

// either tells whether the project's own value was used or the installation's.
func either(own, project, key string) string {
	if own != "" {
		return project + "." + key
	}
	return key
}
