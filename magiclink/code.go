package magiclink

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

// The budget of wrong guesses. Whoever starts a login holds its verifier and may
// start as many as the limits let through, so the budget is the mailbox's, over all
// its links: ten guesses a day at eight digits succeed once in 27 000 years, and at
// five codes at once still once in five thousand.
const (
	guessBudget = 10
	guessWindow = 24 * time.Hour
)

const guessBucket = "code"

// codesAtOnce is how many mails of one login may be waiting to be typed from: a later
// start takes nothing from an earlier one's code. More would make guessing easier.
const codesAtOnce = 5

// CodeRequest spends the link that a code was mailed with. The code is typed where
// the login began, so its verifier is there too. Empty means not given.
type CodeRequest struct {
	ProjectID string
	Caller    *Caller    // nil: the app's back end
	EmailID   *models.ID // or Email
	Email     string
	Code      string
	Verifier  string
	SessionRequest
}

// RedeemCode is Redeem for somebody who reads the mail on another device. It is
// bound to the same verifier: the link is found by the address and the challenge
// that the verifier gives. A wrong guess costs the mailbox a part of its budget and
// the link nothing.
func (s *Service) RedeemCode(ctx context.Context, r CodeRequest) (*Redeemed, error) {
	if err := s.checkCode(&r); err != nil {
		return nil, err
	}
	if err := s.admitRedeem(r.Caller); err != nil {
		return nil, err
	}
	target, err := s.findTarget(ctx, r)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.UnableToAuthCode
	}
	if err != nil {
		return nil, err
	}
	// Once before there is an answer: what a right code needs, a wrong one must not look
	// for, since how much there is would tell a stranger who exists.
	if err := s.tryCode(ctx, target, r, func(*store.Tx, *models.MagicLink) error { return nil }); err != nil {
		return nil, err
	}
	return orAnew(r.SessionRequest, func(in SessionRequest) (*Redeemed, error) {
		person, err := s.Store.Read(ctx).Person(target.email.ProjectID, target.email.UserID)
		if errors.Is(err, store.ErrNotFound) { // they were deleted a moment ago
			return nil, problem.UnableToAuthCode
		}
		if err != nil {
			return nil, err
		}
		answer, err := s.prepare(ctx, factor{method: models.MethodCode, id: target.email.ID}, *person, in)
		if err != nil {
			return nil, err
		}
		err = s.tryCode(ctx, target, r, func(tx *store.Tx, link *models.MagicLink) error {
			return s.spend(tx, link, target.email, answer)
		})
		if errors.Is(err, store.ErrConflict) { // spent meanwhile, by its link or in a race
			return nil, problem.UnableToAuthCode
		}
		return s.concluded(ctx, answer, err)
	})
}

// tryCode guesses in a transaction, and in the same one does what follows a right guess.
func (s *Service) tryCode(ctx context.Context, target codeTarget, r CodeRequest, then func(*store.Tx, *models.MagicLink) error) error {
	var refusal error
	err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		var link *models.MagicLink
		if link, refusal, err = s.guess(tx, target, r); refusal != nil || err != nil {
			return err
		}
		return then(tx, link)
	})
	if err != nil {
		return err
	}
	return refusal
}

// checkCode decides what needs no database, and takes the space out of the code.
func (s *Service) checkCode(r *CodeRequest) error {
	project, err := s.project(r.ProjectID)
	if err != nil {
		return err
	}
	r.Code = strings.ReplaceAll(r.Code, " ", "")
	switch {
	case !project.Code:
		return problem.CodeNotEnabled
	case r.Code == "" || (r.EmailID == nil) == (r.Email == ""):
		return problem.NoCodeArguments
	case len(r.Code) != sealed.CodeDigits || strings.Trim(r.Code, "0123456789") != "":
		return problem.InvalidCode
	case r.Verifier == "":
		return problem.ExpectedCodeVerifier
	}
	return checkRedeem(r.Verifier, r.SessionRequest)
}

// codeTarget is what a code is guessed at.
type codeTarget struct {
	links  []models.MagicLink // open ones, of the address and the verifier
	email  *models.Email
	nobody bool
}

// findTarget finds the open links of the address and the verifier. Without one there is
// nothing to guess at, and nothing counts: that is store.ErrNotFound, or nobody.
func (s *Service) findTarget(ctx context.Context, r CodeRequest) (codeTarget, error) {
	read := s.Store.Read(ctx)
	email, err := s.mailboxOf(ctx, read, r)
	if r.Caller != nil && errors.Is(err, store.ErrNotFound) {
		email, err = s.nobody(r).email, nil
	}
	if err != nil {
		return codeTarget{}, err
	}
	links, err := read.OpenLinks(*email, ChallengeOf(r.Verifier), s.now(), codesAtOnce)
	switch {
	case err != nil:
		return codeTarget{}, err
	case len(links) > 0:
		return codeTarget{links: links, email: email}, nil
	case r.Caller != nil:
		return s.nobody(r), nil
	}
	return codeTarget{}, store.ErrNotFound
}

// nobody is a mailbox and a link that do not exist. At a public door a guess at nothing
// does all that a wrong one does, with these: how long the refusal takes must not tell
// whether there is such a mailbox. What it writes counts against no one, and no code
// opens the link, since there is no row to spend.
func (s *Service) nobody(r CodeRequest) codeTarget {
	now := s.now().Time()
	email := &models.Email{ID: models.NewID(now), ProjectID: r.ProjectID, UserID: models.NewID(now), Identity: r.Email}
	link := models.MagicLink{ID: models.NewID(now), ProjectID: r.ProjectID, KeyID: s.Keys.Active()}
	return codeTarget{links: []models.MagicLink{link}, email: email, nobody: true}
}

func (s *Service) mailboxOf(ctx context.Context, read store.Reader, r CodeRequest) (*models.Email, error) {
	if r.EmailID != nil {
		return read.Email(r.ProjectID, *r.EmailID)
	}
	address, err := ParseAddress(r.Email)
	if err != nil {
		return nil, err
	}
	if waiting, err := s.attachedTo(ctx, read, r.ProjectID, r.Continues, address); waiting != nil || err != nil {
		return waiting, err
	}
	return read.EmailByIdentity(r.ProjectID, address.Identity())
}

// attachedTo finds the address among those that wait to become the person's who is signed
// in: it is no identity yet, and its mail has a code all the same. nil: it is not there.
func (s *Service) attachedTo(ctx context.Context, read store.Reader, projectID string, c session.Credentials, address Address) (*models.Email, error) {
	if c == (session.Credentials{}) {
		return nil, nil
	}
	user, _, err := s.Sessions.Owner(ctx, projectID, c)
	if isNoSession(err) {
		return nil, nil // prepare says so, where it matters
	}
	if err != nil {
		return nil, err
	}
	emails, err := read.EmailsOf(projectID, user.ID)
	for i := range emails {
		if emails[i].Attached() && IdentityOf(emails[i]) == address.Identity() {
			return &emails[i], err
		}
	}
	return nil, err
}

// guess compares the code and counts a miss, both under the mailbox's lock: of any
// number of guesses at once no more are looked at than the budget has left. The
// refusal is a result and not an error, which would roll the count back.
func (s *Service) guess(tx *store.Tx, target codeTarget, r CodeRequest) (link *models.MagicLink, refusal, err error) {
	email, now := target.email, s.now()
	mailbox := s.guessedMailbox(target)
	if _, err := tx.LockStarts(mailbox); err != nil {
		return nil, nil, err
	}
	miss := models.CodeFailure{
		ID: models.NewID(now.Time()), ProjectID: email.ProjectID, Mailbox: models.ID(mailbox.Hash[:16]), CreatedAt: now,
	}
	failures, err := tx.CodeFailures(email.ProjectID, miss.Mailbox, now.Add(-guessWindow))
	if err != nil {
		return nil, nil, err
	}
	switch usedUp := len(failures) >= guessBudget; {
	case usedUp && r.Caller == nil:
		frees := failures[len(failures)-guessBudget].Add(guessWindow)
		return nil, problem.TooManyRequests.With("bucket", guessBucket).Then(problem.UseLink).After(frees.Time().Sub(now.Time())), nil
	case usedUp: // only a mailbox that is known has a budget: it looks like any other miss, and counts against no one
		miss.Mailbox = miss.ID
	default:
		if link, err = s.linkWithCode(target.links, r.Code); link != nil || err != nil {
			return link, nil, err
		}
	}
	if err := tx.InsertCodeFailure(miss); err != nil {
		return nil, nil, err
	}
	return nil, problem.UnableToAuthCode, tx.InsertEvent(s.event(models.EventCodeMismatch, &target.links[0], email, ""))
}

// guessedMailbox is whose budget a guess is of, by the identity and not by the row: an
// address can be attached to any number of people at once. No address has a space.
func (s *Service) guessedMailbox(target codeTarget) models.Mailbox {
	key := "code " + IdentityOf(*target.email)
	if target.nobody {
		key = "code " + target.email.ID.String() // a new one each time
	}
	return models.Mailbox{ProjectID: target.email.ProjectID, Hash: s.Keys.HashAddress(key)}
}

// linkWithCode finds whose code it is, or nil. Each is looked at, whichever fits.
func (s *Service) linkWithCode(links []models.MagicLink, code string) (found *models.MagicLink, err error) {
	for i := range links {
		right, err := s.Keys.Code(links[i].KeyID, links[i].ID)
		if err != nil {
			return nil, err
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(right)) == 1 {
			found = &links[i]
		}
	}
	return found, nil
}
