package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/users"
)

// maxSearchBody is in bytes: a query may list a thousand addresses.
const maxSearchBody = 256 << 10

type searchUsersRequest struct {
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
	Query  struct {
		Operator string          `json:"operator"`
		Operands []searchOperand `json:"operands"`
	} `json:"query"`
}

// searchOperand has members of any type: each wrong one has a refusal of its own.
type searchOperand struct {
	FilterName  any `json:"filter_name"`
	FilterValue any `json:"filter_value"`
}

func (r searchUsersRequest) toDomain(project string) users.SearchRequest {
	search := users.SearchRequest{ProjectID: project, Cursor: r.Cursor, Limit: r.Limit}
	search.Query.Operator = r.Query.Operator
	for _, operand := range r.Query.Operands {
		search.Query.Operands = append(search.Query.Operands, users.Operand{Name: operand.FilterName, Value: operand.FilterValue})
	}
	return search
}

type searchUsersResponse struct {
	wire.Reply
	Results         []wire.User     `json:"results"`
	ResultsMetadata resultsMetadata `json:"results_metadata"`
}

type resultsMetadata struct {
	Total      int64   `json:"total"`
	NextCursor *string `json:"next_cursor"` // null on the last page
}

// searchUsers is POST /v1/users/search.
func (a *API) searchUsers(c *gin.Context) error {
	var req searchUsersRequest
	if err := door.DecodeUpTo(c, maxSearchBody, &req); err != nil {
		return err
	}
	page, err := a.Users.Search(c.Request.Context(), req.toDomain(door.ProjectID(c)))
	if err != nil {
		return err
	}
	response := searchUsersResponse{
		Reply: door.OK(c), Results: make([]wire.User, len(page.People)),
		ResultsMetadata: resultsMetadata{Total: page.Total},
	}
	for i := range page.People {
		response.Results[i] = newUser(&page.People[i])
	}
	if page.Next != "" {
		response.ResultsMetadata.NextCursor = &page.Next
	}
	c.JSON(http.StatusOK, response)
	return nil
}
