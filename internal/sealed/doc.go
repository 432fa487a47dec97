// Package sealed makes and checks sealed ids: the bearer secrets that Latchkey
// hands out, made so that no database row works as one.
//
// A sealed id is
//
//	base64url( key_id[1] ‖ uuid[16] ‖ HMAC-SHA-256(k, purpose ‖ uuid)[:16] )
//
// 44 characters without padding. The row holds the uuid; only who holds the master
// key can make the MAC, so a stolen database opens nothing, and a forged token is
// refused before the database is asked. The package also keeps the master keys
// (a KeyRing), their file, and what else is derived from them: encryption of the
// JWT keys at rest and the keyed hash of addresses.
//
// It knows no row, no project and no database.
package sealed
