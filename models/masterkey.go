package models

// MasterKey is what the database knows of a master key: its number and its
// fingerprint, by which a foreign key is refused at start.
type MasterKey struct {
	KeyID       byte `gorm:"primaryKey;autoIncrement:false"`
	Fingerprint []byte
	Active      bool
	CreatedAt   Instant
}
