package users

import (
	"context"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

const (
	usualLimit = 100
	maxLimit   = 1000
)

// SearchRequest asks for a page of persons. Empty means not given.
type SearchRequest struct {
	ProjectID string
	Cursor    string // of the page before
	Limit     int    // 1 to 1000; 0 for 100
	Query     Query
}

// Page is the persons found, in the order in which they were made.
type Page struct {
	People []Person
	Total  int64  // on all pages
	Next   string // the cursor of the next page; "" on the last
}

// Search lists who fits the query. A cursor names the last person of its page, so who is
// made meanwhile comes at the end, and nobody comes twice or is left out.
func (s *Service) Search(ctx context.Context, r SearchRequest) (*Page, error) {
	search, err := s.plan(r)
	if err != nil {
		return nil, err
	}
	read := s.Store.Read(ctx)
	limit := search.Limit
	search.Limit++ // one more tells whether there is a next page
	found, err := read.SearchUsers(search)
	if err != nil {
		return nil, err
	}
	page := &Page{}
	if len(found) > limit {
		found = found[:limit]
		if page.Next, err = s.cursorAfter(r.ProjectID, found[limit-1].ID); err != nil {
			return nil, err
		}
	}
	if page.Total, err = read.CountUsers(search); err != nil {
		return nil, err
	}
	emails, err := read.EmailsOfUsers(r.ProjectID, found)
	for _, user := range found {
		page.People = append(page.People, Person{User: user, Emails: emails[user.ID]})
	}
	return page, err
}

func (s *Service) plan(r SearchRequest) (search store.UserSearch, err error) {
	search = store.UserSearch{ProjectID: r.ProjectID, Limit: r.Limit}
	switch {
	case r.Limit == 0:
		search.Limit = usualLimit
	case r.Limit < 0 || r.Limit > maxLimit:
		return search, problem.SearchInvalidLimit
	}
	if r.Cursor != "" {
		id, err := s.Keys.Open(cursorIn(r.ProjectID), r.Cursor)
		if err != nil {
			return search, problem.SearchInvalidCursor.Because(err)
		}
		search.After = id
	}
	search.Filter, err = r.Query.filter(r.ProjectID)
	return search, err
}

// cursorAfter is sealed for the project: what another project answered, or nobody, is
// refused.
func (s *Service) cursorAfter(projectID string, last models.ID) (string, error) {
	return s.Keys.Seal(s.Keys.Active(), cursorIn(projectID), last)
}

func cursorIn(projectID string) sealed.Purpose { return sealed.Cursor.In(projectID) }
