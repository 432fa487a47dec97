package store

import (
	"cmp"

	"latchkey/models"
)

// OwedMail is a claimed mail with the rows it is made from.
type OwedMail struct {
	Mail    models.QueuedMail
	Link    models.MagicLink    // zero where the mail names none, or its row is gone
	Email   models.Email        // the address that the link was asked for; zero likewise
	Bounces models.BounceRecord // of that address, if the mail goes there; zero where none has bounced
}

// To is the address that the mail goes to; "" where it is gone.
func (o *OwedMail) To() string {
	if o.Mail.ToItsLink() {
		return o.Email.Address
	}
	return o.Mail.Address
}

// About is the link that the mail is about, or else the mail itself: what events and
// references name.
func (o *OwedMail) About() models.ID { return cmp.Or(o.Mail.LinkID, o.Mail.ID) }

// Gone says whether the link that the mail names, or its address, was deleted, as with
// its person.
func (o *OwedMail) Gone() bool {
	return o.Mail.LinkID != models.ID{} && (o.Link.ID == models.ID{} || o.Email.ID == models.ID{})
}

// Unproven says that nobody has proven to have the address that the mail is about.
func (o *OwedMail) Unproven() bool { return o.Email.VerifiedAt == nil }

// Mail finds a mail, ended or not, with the rows it is made from.
func (r Reader) Mail(id models.ID) (*OwedMail, error) {
	mail, err := first[models.QueuedMail](r.db.Where("id = ?", id))
	if err != nil {
		return nil, err
	}
	owed, err := r.owed([]models.QueuedMail{*mail})
	if err != nil {
		return nil, err
	}
	return &owed[0], nil
}

// owed finds the rows that the mails are made from: their links, and then what belongs to
// the addresses of these.
func (r Reader) owed(mails []models.QueuedMail) ([]OwedMail, error) {
	links, err := r.linksOf(mails)
	if err != nil {
		return nil, err
	}
	var addresses []models.ID
	for _, link := range links {
		addresses = append(addresses, link.EmailID)
	}
	emails, bounces, err := r.addressesOf(addresses)
	if err != nil {
		return nil, err
	}
	owed := make([]OwedMail, len(mails))
	for i, mail := range mails {
		link := links[mail.LinkID]
		owed[i] = OwedMail{Mail: mail, Link: link, Email: emails[link.EmailID]}
		if mail.ToItsLink() {
			owed[i].Bounces = bounces[link.EmailID]
		}
	}
	return owed, nil
}

func (r Reader) linksOf(mails []models.QueuedMail) (map[models.ID]models.MagicLink, error) {
	var ids []models.ID
	for _, mail := range mails {
		if mail.LinkID != (models.ID{}) {
			ids = append(ids, mail.LinkID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	list, values := among(ids)
	links, err := query[models.MagicLink](r, "id IN "+list, values...)
	return byID(links, func(link models.MagicLink) models.ID { return link.ID }), err
}

func (r Reader) addressesOf(ids []models.ID) (map[models.ID]models.Email, map[models.ID]models.BounceRecord, error) {
	if len(ids) == 0 {
		return nil, nil, nil
	}
	list, values := among(ids)
	emails := where[models.Email](r, "id IN "+list, values...)
	bounces := where[models.BounceRecord](r, "email_id IN "+list, values...)
	err := r.ask(emails, bounces)
	return byID(emails.found, func(email models.Email) models.ID { return email.ID }),
		byID(bounces.found, func(record models.BounceRecord) models.ID { return record.EmailID }), err
}

func byID[T any](rows []T, id func(T) models.ID) map[models.ID]T {
	found := make(map[models.ID]T, len(rows))
	for _, row := range rows {
		found[id(row)] = row
	}
	return found
}
