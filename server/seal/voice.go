package seal

import (
	"encoding/base64"

	"golang.org/x/crypto/argon2"
)

// Costs of a hash of a PIN: those that OWASP names for Argon2id. A PIN of six digits is found from its hash whatever
// that costs, so the hash is made under a key of the service, too: who has stolen the books alone has nothing to guess
// against.
const (
	pinPasses  = 2
	pinMemory  = 19 << 10 // KiB
	pinThreads = 1
)

// HashPIN is the form in which a PIN is stored. It is slow.
func (s *Sealer) HashPIN(pin string, salt [16]byte) [32]byte {
	keyed := s.mac(s.derive("voice pin", 32), []byte(pin))
	return [32]byte(argon2.IDKey(keyed, salt[:], pinPasses, pinMemory, pinThreads, 32))
}

// voicePurpose binds what is sealed for a call to calls.
const voicePurpose = "voice call"

// SealCall seals how far a call has come, for an address that a telephone service calls next.
func (s *Sealer) SealCall(state []byte) (string, error) {
	sealed, err := s.Seal(state, voicePurpose)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// OpenCall is the reverse of SealCall. It refuses with ErrName.
func (s *Sealer) OpenCall(text string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrName
	}
	state, err := s.Open(sealed, voicePurpose)
	if err != nil {
		return nil, ErrName
	}
	return state, nil
}

// Phone stands for the number of a caller where wrong PINs are counted, in memory: the number itself is kept nowhere.
func (s *Sealer) Phone(number string) string {
	return string(s.mac(s.derive("voice phone", 32), []byte(number))[:16])
}
