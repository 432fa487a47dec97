package users

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// settle writes n persons, each a millisecond younger than the one before.
func (w *world) settle(projectID string, n int) (ids []models.ID) {
	w.Helper()
	fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
		ids = make([]models.ID, n)
		for i := range ids {
			w.clock.Advance(time.Millisecond)
			now := w.clock.Now()
			user := models.User{ID: models.NewID(now), ProjectID: projectID, Status: models.UserActive, Kept: true, CreatedAt: models.At(now)}
			address := fmt.Sprintf("person%d@example.com", now.UnixMilli())
			email := models.Email{
				ID: models.NewID(now), ProjectID: projectID, UserID: user.ID,
				Address: address, Identity: address, CreatedAt: models.At(now),
			}
			if _, _, err := tx.EnsurePerson(user, email); err != nil {
				return err
			}
			ids[i] = user.ID
		}
		return nil
	}))
	return ids
}

// While somebody turns the pages, persons come and go: whoever is there until their page
// comes once, in order.
func TestTenThousandPersonsComeOnceEach(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.settle(another, 10)
		want := w.settle(project, 10_000)
		living := int64(len(want))
		var got []models.ID
		request := SearchRequest{ProjectID: project, Limit: 700}
		for {
			page, err := w.Search(ctx, request)
			fatal(w, err)
			if page.Total != living {
				w.Errorf("got %d in all, want %d", page.Total, living)
			}
			for _, person := range page.People {
				got = append(got, person.User.ID)
				if len(person.Emails) != 1 || person.Emails[0].UserID != person.User.ID {
					w.Fatalf("got %+v, want the one address of the person", person.Emails)
				}
			}
			if request.Cursor = page.Next; page.Next == "" {
				break
			}
			w.remove(got[len(got)-1]) // whom the cursor names
			w.remove(want[len(got)])  // who would come next
			want = append(slices.Delete(want, len(got), len(got)+1), w.settle(project, 1)...)
			living--
		}
		if !slices.Equal(got, want) {
			w.Errorf("got %d persons, want these %d in order", len(got), len(want))
		}
	})
}

func (w *world) remove(user models.ID) {
	w.Helper()
	_, err := w.Delete(ctx, project, public(user))
	fatal(w, err)
}

func TestACursorIsTheProjectsOwn(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.settle(project, 3)
		last := w.settle(another, 3)[2]
		page, err := w.Search(ctx, SearchRequest{ProjectID: project, Limit: 1})
		fatal(w, err)
		_, err = w.Search(ctx, SearchRequest{ProjectID: project, Limit: 1, Cursor: page.Next})
		fatal(w, err)
		session, err := w.Keys.Seal(1, sealed.Session, last)
		fatal(w, err)
		for projectID, cursor := range map[string]string{
			another: page.Next, project: session, // sealed for something else
		} {
			_, err := w.Search(ctx, SearchRequest{ProjectID: projectID, Cursor: cursor})
			w.wantErr(err, problem.SearchInvalidCursor)
		}
		for _, forged := range []string{"a", page.Next[:43] + other(page.Next[43]), page.Next[:43], page.Next + "A", last.String()} {
			_, err := w.Search(ctx, SearchRequest{ProjectID: project, Cursor: forged})
			w.wantErr(err, problem.SearchInvalidCursor)
		}
	})
}

// other is another character of a token.
func other(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}
