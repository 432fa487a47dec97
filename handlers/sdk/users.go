package sdk

import (
	"slices"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/users"
)

// person is who is signed in.
func (a *API) person(c *gin.Context) (*users.Person, error) {
	user, _, err := a.Sessions.Owner(c.Request.Context(), door.ProjectID(c), credentials(c))
	if err != nil {
		return nil, ended(err)
	}
	return a.Users.Get(c.Request.Context(), user.ProjectID, models.PublicID("user", user.ProjectID, user.ID))
}

// meData has the user's members beside its own, and no user.
type meData struct {
	wire.Reply
	wire.User
}

// me is GET /sdk/v1/users/me.
func (a *API) me(c *gin.Context) error {
	person, err := a.person(c)
	if err != nil {
		return err
	}
	respond(c, meData{Reply: door.OK(c), User: wire.NewUser(person.User, person.Emails)})
	return nil
}

type updateMeRequest struct {
	Name              wire.NameChanges `json:"name"`
	UntrustedMetadata models.Object    `json:"untrusted_metadata"`
	TrustedMetadata   any              `json:"trusted_metadata"`
}

func (r updateMeRequest) toDomain() (profile.Changes, error) {
	if r.TrustedMetadata != nil {
		return profile.Changes{}, problem.CannotUpdateTrustedMetadata
	}
	return profile.Changes{
		FirstName: r.Name.FirstName, MiddleName: r.Name.MiddleName, LastName: r.Name.LastName,
		UntrustedMetadata: r.UntrustedMetadata,
	}, nil
}

// changedData is the answer to every change. Clients put __user into their storage.
type changedData struct {
	wire.Reply
	UserID        string       `json:"user_id"`
	Emails        []wire.Email `json:"emails"`
	PhoneNumbers  []struct{}   `json:"phone_numbers"`
	CryptoWallets []struct{}   `json:"crypto_wallets"`
	User          wire.User    `json:"__user"`
}

func respondChanged(c *gin.Context, person *users.Person) {
	user := wire.NewUser(person.User, person.Emails)
	respond(c, changedData{
		Reply: door.OK(c), UserID: user.UserID, Emails: user.Emails,
		PhoneNumbers: user.PhoneNumbers, CryptoWallets: user.CryptoWallets, User: user,
	})
}

// updateMe is PUT /sdk/v1/users/me. People may set their name and untrusted_metadata;
// the rest is the app's.
func (a *API) updateMe(c *gin.Context) error {
	var req updateMeRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	changes, err := req.toDomain()
	if err != nil {
		return err
	}
	person, err := a.person(c)
	if err != nil {
		return err
	}
	name := models.PublicID("user", person.User.ProjectID, person.User.ID)
	changed, err := a.Users.Update(c.Request.Context(), person.User.ProjectID, name, changes)
	if err != nil {
		return err
	}
	respondChanged(c, changed)
	return nil
}

// deleteEmail is DELETE /sdk/v1/users/emails/{email_id}. Somebody else's address is one
// that is not there.
func (a *API) deleteEmail(c *gin.Context) error {
	person, err := a.person(c)
	if err != nil {
		return err
	}
	id, err := models.ParsePublicID("email", person.User.ProjectID, c.Param("email_id"))
	if err != nil {
		return problem.InvalidEmailID
	}
	if !slices.ContainsFunc(person.Emails, func(email models.Email) bool { return email.ID == id }) {
		return problem.EmailNotFound
	}
	changed, err := a.Users.DeleteEmail(c.Request.Context(), person.User.ProjectID, c.Param("email_id"))
	if err != nil {
		return err
	}
	respondChanged(c, changed)
	return nil
}
