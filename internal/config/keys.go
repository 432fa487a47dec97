package config

import (
	"bytes"
	"errors"
	"fmt"

	"latchkey/internal/sealed"
	"latchkey/models"
)

// Keys says where the master keys are: Text holds them if it is not empty, and
// File is then empty.
type Keys struct {
	File string
	Text string
}

// Read brings the master keys by number. A key file that is not there is
// fs.ErrNotExist.
func (k Keys) Read() (map[byte][]byte, error) {
	if k.Text != "" {
		return sealed.ParseKeys(k.Text)
	}
	return sealed.ReadKeyFile(k.File)
}

// FitKeys makes the ring, if the master keys are the ones that the database knows.
func FitKeys(masters map[byte][]byte, known []models.MasterKey) (*sealed.KeyRing, error) {
	var active byte
	for _, key := range known {
		if key.Active {
			active = key.KeyID
		}
	}
	ring, err := sealed.NewKeyRing(masters, active)
	if err != nil {
		return nil, err
	}
	for _, key := range known {
		if !bytes.Equal(ring.Fingerprint(key.KeyID), key.Fingerprint) {
			return nil, fmt.Errorf("master key %d is not the one this database is sealed with: put the right key file back, or point at the right database", key.KeyID)
		}
	}
	if len(masters) != len(known) {
		return nil, errors.New("the key file holds a master key that the database does not know")
	}
	return ring, nil
}
