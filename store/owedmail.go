package store

import (
	"cmp"

	"gorm.io/gorm"

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

// owed finds the rows that the mails are made from, by one query for each table. All go by
// the links: given a list of projects, SQLite would read every address of theirs.
func (r Reader) owed(mails []models.QueuedMail) ([]OwedMail, error) {
	var ids []models.ID
	for _, mail := range mails {
		ids = append(ids, mail.LinkID)
	}
	links, err := byID(r.db.Where("id IN ?", ids), func(link models.MagicLink) models.ID { return link.ID })
	if err != nil {
		return nil, err
	}
	emails, err := byID(r.db.Where("magic_links.id IN ?", ids).
		Joins("JOIN magic_links ON magic_links.email_id = emails.id AND magic_links.project_id = emails.project_id"),
		func(email models.Email) models.ID { return email.ID })
	if err != nil {
		return nil, err
	}
	bounces, err := byID(r.db.Where("magic_links.id IN ?", ids).
		Joins("JOIN magic_links ON magic_links.email_id = bounce_records.email_id AND magic_links.project_id = bounce_records.project_id"),
		func(record models.BounceRecord) models.ID { return record.EmailID })
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

// byID reads rows that have an ID each.
func byID[T any](query *gorm.DB, id func(T) models.ID) (map[models.ID]T, error) {
	var rows []T
	if err := query.Find(&rows).Error; err != nil {
		return nil, failure(err)
	}
	found := make(map[models.ID]T, len(rows))
	for _, row := range rows {
		found[id(row)] = row
	}
	return found, nil
}
