package storetest

import (
	"context"
	"testing"

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
