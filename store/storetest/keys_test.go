package storetest

import (
	"context"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

func TestAMasterKeyIsNotedOnce(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		for _, key := range []models.MasterKey{
			{KeyID: 2, Fingerprint: []byte("second"), CreatedAt: models.At(epoch)},
			{KeyID: 1, Fingerprint: []byte("first"), Active: true, CreatedAt: models.At(epoch)},
			{KeyID: 1, Fingerprint: []byte("too late"), CreatedAt: models.At(epoch)},
		} {
			must(t, write(st, func(tx *store.Tx) error { return tx.InsertMasterKey(key) }))
		}
		keys, err := st.Read(context.Background()).MasterKeys()
		must(t, err)
		if len(keys) != 2 || string(keys[0].Fingerprint) != "first" || !keys[0].Active || string(keys[1].Fingerprint) != "second" {
			t.Errorf("got %+v, want the first of each number, in order", keys)
		}
	})
}

func signingKey(project string, generation int) models.SigningKey {
	return models.SigningKey{
		ID: models.NewID(epoch), ProjectID: project, Generation: generation,
		Algorithm: "ES256", KeyID: 1, Private: []byte{1}, CreatedAt: models.At(epoch),
	}
}

func TestReplicasAgreeOnOneSigningKeyOfAGeneration(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		race(20, func(i int) {
			key := signingKey(project, 1+i%2)
			if err := write(st, func(tx *store.Tx) error { return tx.InsertSigningKey(key) }); err != nil {
				t.Error(err)
			}
		})
		other := signingKey("another project", 1)
		must(t, write(st, func(tx *store.Tx) error { return tx.InsertSigningKey(other) }))
		keys, err := st.Read(context.Background()).SigningKeys(project)
		must(t, err)
		if len(keys) != 2 || keys[0].Generation != 2 || keys[1].Generation != 1 {
			t.Errorf("got %+v, want generations 2 and 1", keys)
		}
		keys, err = st.Read(context.Background()).SigningKeys("another project")
		must(t, err)
		if len(keys) != 1 || keys[0].ID != other.ID {
			t.Errorf("got %+v, want the other project's key", keys)
		}
	})
}

// The key before the one that signs may still have signed for a session that lives.
func TestTheJanitorTakesASigningKeyWhenItsLastSessionIsOver(t *testing.T) {
	const past = models.LongestSession + store.KeptFor // since the next key took over
	for name, took := range map[string]func(*models.SigningKey, models.Instant){
		"by its time":                    func(key *models.SigningKey, at models.Instant) { key.SignsFrom = at },
		"at once, as it was before that": func(key *models.SigningKey, at models.Instant) { key.CreatedAt = at },
	} {
		t.Run(name, func(t *testing.T) {
			clock := newClock()
			EachAt(t, clock.Now, func(t *testing.T, st *store.Store) {
				clock.Advance(epoch.Sub(clock.Now()))
				kept := signingKey("another project", 1)
				old, signing := signingKey(project, 1), signingKey(project, 3)
				signing.CreatedAt = signing.CreatedAt.Add(-time.Hour)
				took(&signing, models.At(epoch))
				for _, key := range []models.SigningKey{kept, old, signing} {
					must(t, write(st, func(tx *store.Tx) error { return tx.InsertSigningKey(key) }))
				}
				clock.Advance(past)
				wantPurged(t, st, 0)
				clock.Advance(time.Millisecond)
				wantPurged(t, st, 1)
				keys, err := st.Read(context.Background()).SigningKeys(project)
				must(t, err)
				if len(keys) != 1 || keys[0].ID != signing.ID {
					t.Errorf("got %+v, want the key that signs", keys)
				}
			})
		})
	}
}
