package magiclink

import (
	"context"
	"errors"

	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

// StartRequest asks for a link. Empty means not given.
type StartRequest struct {
	ProjectID       string
	Caller          *Caller // nil: the app's back end
	Email           string
	Challenge       string
	ChallengeMethod *string // only S256, or absent
	LoginURL        string  // where the link leads a person who is known
	SignupURL       string  // and one who is not
	LoginMinutes    *int
	SignupMinutes   *int
	LoginTemplate   string // one of templates/mail
	SignupTemplate  string
	Locale          string // one of Service.Locales
	CreateAsPending bool   // a new person counts as pending until a link is redeemed
	Attributes      session.Attributes
}

// Started is what became of it. It is for callers with the secret key: it tells who
// exists.
type Started struct {
	LinkID      models.ID
	UserID      models.ID
	EmailID     models.ID
	UserCreated bool
}

// recipient is whom a link is for, as the transaction that writes it has found out.
type recipient struct {
	email   *models.Email // nil: nobody, and a mail says so
	bounces models.BounceRecord
	kind    models.LinkKind
	created bool
	session *models.ID // in which the address was attached
}

// Start checks the request and then, in one transaction, writes the link, the person
// if new, and the mail that is owed. When it returns nil all three are durable; when
// it returns an error no mail goes out.
func (s *Service) Start(ctx context.Context, r StartRequest) (*Started, error) {
	plan, err := s.planStart(r)
	if err != nil {
		return nil, err
	}
	status := models.UserActive
	if r.CreateAsPending {
		status = models.UserPending
	}
	return s.deliver(ctx, plan, func(tx *store.Tx) (recipient, error) {
		return s.ensurePerson(tx, plan, models.User{Status: status})
	})
}

// planStart checks a request that comes to a login or a sign-up.
func (s *Service) planStart(r StartRequest) (*plan, error) {
	project, err := s.project(r.ProjectID)
	if err != nil {
		return nil, err
	}
	plan, err := s.plan(r,
		linkAsk{models.LinkLogin, r.LoginURL, r.LoginMinutes, project.LoginTTL, r.LoginTemplate},
		linkAsk{models.LinkSignup, r.SignupURL, r.SignupMinutes, project.SignupTTL, r.SignupTemplate},
	)
	if err != nil {
		return nil, err
	}
	return plan, plan.checkPKCE(r.ChallengeMethod)
}

// deliver is the one transaction of whatever asks for a mailed link, and everything
// around it. find may refuse, and then nothing was written.
func (s *Service) deliver(ctx context.Context, plan *plan, find func(*store.Tx) (recipient, error)) (*Started, error) {
	release, err := s.reserve(plan)
	if err != nil {
		return nil, err
	}
	out := s.outgoing()
	defer out.end()
	var started *Started
	var owed *store.OwedMail
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.admit(tx, plan); err != nil {
			return err
		}
		to, err := find(tx)
		if err != nil {
			return err
		}
		if err := checkActive(plan, to); err != nil {
			return err
		}
		if started, owed, err = s.owe(tx, plan, to); err != nil {
			return err
		}
		return out.claim(tx, owed)
	})
	if err != nil {
		release()
		return nil, err
	}
	out.send(owed)
	return started, nil
}

// ensurePerson finds the person of the address or writes it with a new one, made of
// newcomer, and says which kind of link is due.
func (s *Service) ensurePerson(tx *store.Tx, p *plan, newcomer models.User) (recipient, error) {
	known, err := tx.FindPerson(p.project.ID, p.address.Identity())
	if err == nil {
		return recipientOf(known), nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return recipient{}, err
	}
	now := s.now()
	newcomer.ID, newcomer.ProjectID, newcomer.CreatedAt = models.NewID(now.Time()), p.project.ID, now
	email := &models.Email{
		ID: models.NewID(now.Time()), ProjectID: p.project.ID, UserID: newcomer.ID,
		Address: p.address.String(), Identity: p.address.Identity(), CreatedAt: now,
	}
	return recipient{email: email, kind: models.LinkSignup, created: true}, tx.InsertPerson(newcomer, *email)
}

func recipientOf(known *store.Known) recipient {
	return recipient{email: &known.Email, bounces: known.Bounces, kind: kindFor(known.Status)}
}

// kindFor: a person who is pending signs up, an active one logs in.
func kindFor(status models.UserStatus) models.LinkKind {
	if status == models.UserPending {
		return models.LinkSignup
	}
	return models.LinkLogin
}

// owe writes the link and the mail that will carry it. They share one id, by which the
// mail is found from the link.
func (s *Service) owe(tx *store.Tx, p *plan, to recipient) (*Started, *store.OwedMail, error) {
	if to.email == nil {
		mail := s.refusalMail(p)
		if err := tx.InsertMail(mail); err != nil {
			return nil, nil, err
		}
		return &Started{}, &store.OwedMail{Mail: mail}, tx.InsertEvent(s.noAccount(p)) // as many rows as a link and its mail
	}
	link := s.newLink(p, to)
	mail := models.QueuedMail{
		ID: link.ID, ProjectID: link.ProjectID, LinkID: link.ID, Status: models.MailQueued,
		Template: p.links[to.kind].template, Locale: p.locale,
		NextAttemptAt: link.CreatedAt, CreatedAt: link.CreatedAt, ExpiresAt: link.ExpiresAt,
	}
	if mail.Template == "" && to.email.Attached() {
		mail.Template = models.TemplateVerify
	}
	started := &Started{LinkID: link.ID, UserID: to.email.UserID, EmailID: to.email.ID, UserCreated: to.created}
	owed := &store.OwedMail{Mail: mail, Link: link, Email: *to.email, Bounces: to.bounces}
	return started, owed, tx.InsertLink(link, mail)
}

func (s *Service) newLink(p *plan, to recipient) models.MagicLink {
	now := s.now()
	expires := now.Add(p.links[to.kind].life)
	if to.email.Attached() {
		expires = min(expires, *to.email.AttachedUntil) // it proves nothing afterwards
	}
	return models.MagicLink{
		ID: models.NewID(now.Time()), ProjectID: p.project.ID, UserID: to.email.UserID, EmailID: to.email.ID,
		KeyID: s.Keys.Active(), Kind: to.kind, Challenge: p.challenge, RedirectURL: p.links[to.kind].target.String(),
		SessionID: to.session, IPAddress: p.attributes.IPAddress, UserAgent: p.attributes.UserAgent,
		CreatedAt: now, ExpiresAt: expires,
	}
}
