package sealed

import (
	"encoding/binary"
	"fmt"
)

// code is the purpose of the digits beside a link's token. It is not exported: no
// token is ever sealed for it.
const code Purpose = "code"

// CodeDigits is the length of a code.
const CodeDigits = 8

const codes = 100_000_000 // 10^CodeDigits

// Code derives the digits that stand in the mail beside the link of the row id. As
// with its token, no row holds them. That codes are not quite equally likely is a
// difference of less than 2^-37.
func (r *KeyRing) Code(keyID byte, id [idSize]byte) (string, error) {
	key, ok := r.keys[keyID]
	if !ok {
		return "", unknownKey(keyID)
	}
	return fmt.Sprintf("%0*d", CodeDigits, binary.BigEndian.Uint64(key.mac(code, id))%codes), nil
}
