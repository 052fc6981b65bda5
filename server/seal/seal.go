// Package seal makes and opens everything that leaves the service sealed: names of things, transaction ids, one-time
// codes, API keys, grant tokens, and the few stored secrets that must be read again. All keys are derived from one
// master secret with HKDF-SHA256 (RFC 5869), one key per purpose, so that no use can be turned against another. Time is
// an argument; randomness comes from the reader given to [New].
package seal

import (
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"tuppence/server/ledger"
)

// MasterSize is the length of the master secret in bytes.
const MasterSize = 32

// ErrName says that a name is not one of ours: wrong prefix, wrong length, or sealed with another secret. It tells no
// more, so that a guess learns nothing.
var ErrName = errors.New("seal: not a name of this service")

// Sealer holds the derived keys. It is safe for use by many goroutines.
type Sealer struct {
	master []byte
	random io.Reader
	// generations are the ciphers of names: the first is that of books which were never restored.
	generations []*generation
	lost        func(kind string) // told of names from a branch that a restore left behind
	txn         []byte
	back        []byte // of return codes
	page, match []byte // of cookies and numbers of pages
	quote       []byte // of quotes of exchanges
	grant       ed25519.PrivateKey
	box         cipher.AEAD
	check       [32]byte
}

// New derives all keys from the master secret, which has [MasterSize] bytes. Random is the source of codes, keys and
// nonces; it has to be safe for use by many goroutines.
func New(master []byte, random io.Reader) (*Sealer, error) {
	if len(master) != MasterSize {
		return nil, fmt.Errorf("seal: the master secret has %d bytes, want %d", len(master), MasterSize)
	}
	s := &Sealer{master: append([]byte(nil), master...), random: random}
	s.generations, s.lost = []*generation{s.generation("", ledger.Generation{})}, func(string) {}
	var err error
	if s.box, err = chacha20poly1305.NewX(s.derive("box", chacha20poly1305.KeySize)); err != nil {
		return nil, err
	}
	s.txn = s.derive("txn", 32)
	s.back = s.derive("return code", 32)
	s.page, s.match = s.derive("page cookie", 32), s.derive("match number", 32)
	s.quote = s.derive("quote", 32)
	s.grant = ed25519.NewKeyFromSeed(s.derive("grant", ed25519.SeedSize))
	s.check = [32]byte(s.derive("check", 32))
	return s, nil
}

// Check is a value that tells master secrets apart without telling them. A store remembers it, so that starting with
// another secret is refused instead of making every name and key of the store unreadable.
func (s *Sealer) Check() [32]byte { return s.check }

// derive returns n bytes of key for one purpose. The purposes are part of every name and code ever given: never
// change one.
func (s *Sealer) derive(purpose string, n int) []byte {
	key, err := hkdf.Key(sha256.New, s.master, nil, "tuppence/1/"+purpose, n)
	if err != nil {
		panic(err) // only for absurd lengths
	}
	return key
}

// mac is HMAC-SHA256 over the parts as if they were one.
func (s *Sealer) mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// alphabet is that of Crockford's base 32 in small letters: no i, l, o and u, nothing to misread.
var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)
