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
	links, email, err := s.linksOfCode(ctx, r)
	if errors.Is(err, store.ErrNotFound) {
		return nil, s.nothingToGuess(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	answer, err := s.prepare(ctx, mailFactor(email, models.MethodCode), r.SessionRequest)
	if errors.Is(err, store.ErrNotFound) { // the person was deleted a moment ago
		return nil, problem.UnableToAuthCode
	}
	if err != nil {
		return nil, err
	}
	var refusal error
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		var link *models.MagicLink
		if link, refusal, err = s.guess(tx, links, email, r); refusal != nil || err != nil {
			return err
		}
		return s.spend(tx, link, email, answer)
	})
	switch {
	case errors.Is(err, store.ErrConflict): // spent meanwhile, by its link or in a race
		return nil, problem.UnableToAuthCode
	case refusal != nil && err == nil:
		return nil, refusal
	}
	return s.concluded(ctx, answer, err)
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

// linksOfCode finds the open links of the address and the verifier, or
// store.ErrNotFound. Without one there is nothing to guess at, and nothing counts.
func (s *Service) linksOfCode(ctx context.Context, r CodeRequest) ([]models.MagicLink, *models.Email, error) {
	read := s.Store.Read(ctx)
	email, err := s.mailboxOf(read, r)
	if err != nil {
		return nil, nil, err
	}
	links, err := read.OpenLinks(*email, ChallengeOf(r.Verifier), s.now(), codesAtOnce)
	if err == nil && len(links) == 0 {
		err = store.ErrNotFound
	}
	return links, email, err
}

func (s *Service) mailboxOf(read store.Reader, r CodeRequest) (*models.Email, error) {
	if r.EmailID != nil {
		return read.Email(r.ProjectID, *r.EmailID)
	}
	address, err := ParseAddress(r.Email)
	if err != nil {
		return nil, err
	}
	return read.EmailByIdentity(r.ProjectID, address.Identity())
}

// nothingToGuess writes an event at a public door, as a wrong guess does: how long a
// refusal takes must not tell whether there is such a mailbox.
func (s *Service) nothingToGuess(ctx context.Context, r CodeRequest) error {
	if r.Caller == nil {
		return problem.UnableToAuthCode
	}
	now := s.now()
	err := s.record(ctx, models.Event{
		ID: models.NewID(now.Time()), ProjectID: r.ProjectID, Kind: models.EventCodeMismatch,
		AddressHash: s.Keys.HashAddress(r.Email), CreatedAt: now,
	})
	return errors.Join(problem.UnableToAuthCode, err)
}

// guess compares the code and counts a miss, both under the mailbox's lock: of any
// number of guesses at once no more are looked at than the budget has left. The
// refusal is a result and not an error, which would roll the count back.
func (s *Service) guess(tx *store.Tx, links []models.MagicLink, email *models.Email, r CodeRequest) (link *models.MagicLink, refusal, err error) {
	if err := tx.LockMailbox(*email); err != nil {
		return nil, nil, err
	}
	now := s.now()
	failures, err := tx.CodeFailures(*email, now.Add(-guessWindow))
	if err != nil {
		return nil, nil, err
	}
	if len(failures) >= guessBudget {
		if r.Caller != nil { // a budget that runs out would tell of a mailbox that is known
			return nil, problem.UnableToAuthCode, tx.InsertEvent(s.event(models.EventCodeMismatch, &links[0], email, "over budget"))
		}
		frees := failures[len(failures)-guessBudget].Add(guessWindow)
		return nil, problem.TooManyRequests.With("bucket", guessBucket).After(frees.Time().Sub(now.Time())), nil
	}
	if link, err = s.linkWithCode(links, r.Code); link != nil || err != nil {
		return link, nil, err
	}
	miss := models.CodeFailure{ID: models.NewID(now.Time()), ProjectID: email.ProjectID, EmailID: email.ID, CreatedAt: now}
	if err := tx.InsertCodeFailure(miss); err != nil {
		return nil, nil, err
	}
	return nil, problem.UnableToAuthCode, tx.InsertEvent(s.event(models.EventCodeMismatch, &links[0], email, ""))
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
