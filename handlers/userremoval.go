package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/users"
)

// These take something away. A DELETE's body is not looked at: one SDK sends {} and
// another sends none.

type deleteUserResponse struct {
	wire.Reply
	UserID string `json:"user_id"`
}

// deleteUser is DELETE /v1/users/{user_id}.
func (a *API) deleteUser(c *gin.Context) error {
	project := door.ProjectID(c)
	id, err := a.Users.Delete(c.Request.Context(), project, c.Param("user_id"))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, deleteUserResponse{Reply: door.OK(c), UserID: models.PublicID("user", project, id)})
	return nil
}

// deleteEmail is DELETE /v1/users/emails/{email_id}.
func (a *API) deleteEmail(c *gin.Context) error {
	return respondPerson(c)(a.Users.DeleteEmail(c.Request.Context(), door.ProjectID(c), c.Param("email_id")))
}

// deleteExternalID is DELETE /v1/users/{user_id}/external_id.
func (a *API) deleteExternalID(c *gin.Context) error {
	return respondPerson(c)(a.Users.DeleteExternalID(c.Request.Context(), door.ProjectID(c), c.Param("user_id")))
}

type exchangeRequest struct {
	EmailAddress string `json:"email_address"`
	PhoneNumber  string `json:"phone_number"`
}

// exchangePrimaryFactor is PUT /v1/users/{user_id}/exchange_primary_factor.
func (a *API) exchangePrimaryFactor(c *gin.Context) error {
	var req exchangeRequest
	switch err := door.Decode(c, &req); {
	case err != nil:
		return err
	case req.PhoneNumber != "":
		return problem.InvalidPhoneNumber
	case req.EmailAddress == "":
		return problem.InvalidExchangeFields
	}
	return respondPerson(c)(a.Users.Exchange(c.Request.Context(), door.ProjectID(c), c.Param("user_id"), req.EmailAddress))
}

// respondPerson answers with what is left, or refuses.
func respondPerson(c *gin.Context) func(*users.Person, error) error {
	return func(person *users.Person, err error) error {
		if err == nil {
			c.JSON(http.StatusOK, newUserResponse(c, person))
		}
		return err
	}
}
