package seal

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"tuppence/server/ledger"
)

// APIKey is a vendor's secret key (256 bits, shown once), with its hash and the hint that tells keys apart: its first
// 12 characters. A key of a demonstration begins with sk_test_, so that neither kind is taken for the other.
func (s *Sealer) APIKey(live bool) (key string, hash [32]byte, hint string, err error) {
	return s.apiKey("sk_", live)
}

// RestrictedKey is APIKey for a key that may not do all: it begins with rk_.
func (s *Sealer) RestrictedKey(live bool) (key string, hash [32]byte, hint string, err error) {
	return s.apiKey("rk_", live)
}

func (s *Sealer) apiKey(kind string, live bool) (key string, hash [32]byte, hint string, err error) {
	raw, err := s.Random(32)
	if err != nil {
		return "", hash, "", err
	}
	key = kind + "test_"
	if live {
		key = kind + "live_"
	}
	key += base64.RawURLEncoding.EncodeToString(raw)
	return key, HashAPIKey(key), key[:12], nil
}

// HashAPIKey is the form in which an API key is stored: the key has 256 random bits, so one SHA-256 is enough.
func HashAPIKey(key string) [32]byte { return sha256.Sum256([]byte(key)) }

// Number is a random number of shard 0, never 0: see [ledger.ShardBits]. It has 51 random bits, so whoever stores
// something under it has to look whether it is taken.
func (s *Sealer) Number() (uint64, error) {
	raw, err := s.Random(8)
	if err != nil {
		return 0, err
	}
	return get(raw)&ledger.MaxSequence | 1, nil
}

// RequestID names one request in logs and in its answer: req_ and 26 characters.
func (s *Sealer) RequestID() (string, error) {
	raw, err := s.Random(16)
	if err != nil {
		return "", err
	}
	return "req_" + alphabet.EncodeToString(raw), nil
}

// Random is n bytes of the source given to [New].
func (s *Sealer) Random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return nil, fmt.Errorf("seal: no randomness: %w", err)
	}
	return b, nil
}

// Seal encrypts a secret that must be read again (a webhook secret) with XChaCha20-Poly1305. Purpose is bound to it, so
// that a sealed secret put in the place of another does not open.
func (s *Sealer) Seal(plain []byte, purpose string) ([]byte, error) {
	nonce, err := s.Random(s.box.NonceSize())
	if err != nil {
		return nil, err
	}
	return s.box.Seal(nonce, nonce, plain, []byte(purpose)), nil
}

// Open is the reverse of [Sealer.Seal]. It fails for another purpose, another master secret and any changed byte.
func (s *Sealer) Open(sealed []byte, purpose string) ([]byte, error) {
	n := s.box.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("seal: sealed secret is too short")
	}
	plain, err := s.box.Open(nil, sealed[:n], sealed[n:], []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("seal: open %s: %w", purpose, err)
	}
	return plain, nil
}
