package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/profile"
	"latchkey/users"
)

type updateUserRequest struct {
	profileRequest
	ExternalID *string  `json:"external_id"`
	Roles      []string `json:"roles"`
}

// toDomain refuses roles: to take them in silence would let an app believe in a
// restriction that nobody keeps.
func (r updateUserRequest) toDomain() (profile.Changes, error) {
	if len(r.Roles) > 0 {
		return profile.Changes{}, problem.InvalidRole
	}
	changes := r.profileRequest.toDomain()
	changes.ExternalID = r.ExternalID
	return changes, nil
}

type createUserRequest struct {
	Email               string `json:"email"`
	PhoneNumber         string `json:"phone_number"`
	CreateUserAsPending bool   `json:"create_user_as_pending"`
	updateUserRequest
}

type createUserResponse struct {
	wire.Reply
	UserID  string    `json:"user_id"`
	EmailID string    `json:"email_id"`
	PhoneID string    `json:"phone_id"`
	Status  string    `json:"status"`
	User    wire.User `json:"user"`
}

// createUser is POST /v1/users.
func (a *API) createUser(c *gin.Context) error {
	var req createUserRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	if req.PhoneNumber != "" {
		return problem.InvalidPhoneNumber
	}
	changes, err := req.toDomain()
	if err != nil {
		return err
	}
	person, err := a.Users.Create(c.Request.Context(), users.CreateRequest{
		ProjectID: door.ProjectID(c), Email: req.Email, AsPending: req.CreateUserAsPending, Profile: changes,
	})
	if err != nil {
		return err
	}
	user := newUser(person)
	c.JSON(http.StatusOK, createUserResponse{
		Reply: door.OK(c), UserID: user.UserID, EmailID: user.Emails[0].EmailID, Status: user.Status, User: user,
	})
	return nil
}

// getUserResponse has the user's members beside its own, and no user.
type getUserResponse struct {
	wire.Reply
	wire.User
}

// getUser is GET /v1/users/{user_id}.
func (a *API) getUser(c *gin.Context) error {
	person, err := a.Users.Get(c.Request.Context(), door.ProjectID(c), c.Param("user_id"))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, getUserResponse{Reply: door.OK(c), User: newUser(person)})
	return nil
}

type updateUserResponse struct {
	userResponse
	Emails        []wire.Email `json:"emails"`
	PhoneNumbers  []struct{}   `json:"phone_numbers"`
	CryptoWallets []struct{}   `json:"crypto_wallets"`
}

// updateUser is PUT /v1/users/{user_id}.
func (a *API) updateUser(c *gin.Context) error {
	var req updateUserRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	changes, err := req.toDomain()
	if err != nil {
		return err
	}
	person, err := a.Users.Update(c.Request.Context(), door.ProjectID(c), c.Param("user_id"), changes)
	if err != nil {
		return err
	}
	changed := newUserResponse(c, person)
	c.JSON(http.StatusOK, updateUserResponse{
		userResponse: changed, Emails: changed.User.Emails,
		PhoneNumbers: changed.User.PhoneNumbers, CryptoWallets: changed.User.CryptoWallets,
	})
	return nil
}

// userResponse is the answer to most changes.
type userResponse struct {
	wire.Reply
	UserID string    `json:"user_id"`
	User   wire.User `json:"user"`
}

func newUserResponse(c *gin.Context, person *users.Person) userResponse {
	user := newUser(person)
	return userResponse{Reply: door.OK(c), UserID: user.UserID, User: user}
}

func newUser(person *users.Person) wire.User { return wire.NewUser(person.User, person.Emails) }
