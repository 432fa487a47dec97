package store

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"latchkey/models"
)

// UserSearch asks for a page of a project's persons, in the order in which they were
// made.
type UserSearch struct {
	ProjectID string
	Filter    UserFilter
	After     models.ID // the last of the page before; the zero ID for the first page
	Limit     int
}

// SearchUsers lists a page of the persons who fit.
func (r Reader) SearchUsers(s UserSearch) ([]models.User, error) {
	var users []models.User
	err := r.fitting(s).Where("id > ?", s.After).Order("id").Limit(s.Limit).Find(&users).Error
	return users, failure(err)
}

// CountUsers counts the persons who fit, on all pages.
func (r Reader) CountUsers(s UserSearch) (total int64, err error) {
	err = r.fitting(s).Count(&total).Error
	return total, failure(err)
}

func (r Reader) fitting(s UserSearch) *gorm.DB {
	in := searched{projectID: s.ProjectID, now: r.now(), like: `LIKE ? ESCAPE '\'`}
	if r.db.Name() == "postgres" {
		in.like = `COLLATE "C" I` + in.like
	}
	return r.db.Model(&models.User{}).Where("project_id = ?", s.ProjectID).Where(s.Filter(in))
}

// A UserFilter is a condition that a person fits or not.
type UserFilter func(searched) clause.Expr

// searched is where a search looks.
type searched struct {
	projectID string
	now       models.Instant
	like      string // operator and pattern; the case of ASCII letters does not matter, and of no others
}
