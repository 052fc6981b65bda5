package seal

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// consonants make codes that spell no word (RFC 8628, 6.1).
const consonants = "BCDFGHJKLMNPQRSTVWXZ"

// UserCode is what a buyer types to approve: 8 consonants, 34.5 bits, in the form WDJB-MJHT.
func (s *Sealer) UserCode() (string, error) {
	c, err := s.letters(consonants, 8)
	if err != nil {
		return "", err
	}
	return c[:4] + "-" + c[4:], nil
}

// CleanUserCode brings what a person typed into the form of [Sealer.UserCode]; ok is false if it cannot be one.
func CleanUserCode(typed string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune(consonants, r):
			b.WriteRune(r)
		case r == '-' || r == ' ':
		default:
			return "", false
		}
	}
	c := b.String()
	if len(c) != 8 {
		return "", false
	}
	return c[:4] + "-" + c[4:], true
}

// RecoveryCode is what a person writes down: 26 characters (130 bits) in groups, kept only as a hash.
func (s *Sealer) RecoveryCode() (string, error) { return s.grouped("R", 26) }

// ClaimCode takes a transfer: 130 bits in groups, kept only as a hash.
func (s *Sealer) ClaimCode() (string, error) { return s.grouped("T", 26) }

func (s *Sealer) grouped(mark string, n int) (string, error) {
	c, err := s.letters("0123456789ABCDEFGHJKMNPQRSTVWXYZ", n)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(mark)
	for i := 0; i < len(c); i += 5 {
		b.WriteByte('-')
		b.WriteString(c[i:min(i+5, len(c))])
	}
	return b.String(), nil
}

// HashCode is the form in which one-time codes are stored. What people mistype alike is alike: case, spaces, dashes,
// O for 0, I and L for 1.
func HashCode(code string) [32]byte {
	clean := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
	return sha256.Sum256([]byte("tuppence code " + clean))
}

// APIKey is a vendor's secret key (256 bits, shown once), with its hash and the hint that tells keys apart.
func (s *Sealer) APIKey(live bool) (key string, hash [32]byte, hint string, err error) {
	raw, err := s.Random(32)
	if err != nil {
		return "", hash, "", err
	}
	key = "sk_test_"
	if live {
		key = "sk_live_"
	}
	key += base64.RawURLEncoding.EncodeToString(raw)
	return key, HashAPIKey(key), key[:12], nil
}

// HashAPIKey is the form in which an API key is stored: the key has 256 random bits, so one SHA-256 is enough.
func HashAPIKey(key string) [32]byte { return sha256.Sum256([]byte(key)) }

// Number is a random 63-bit number, never 0.
func (s *Sealer) Number() (uint64, error) {
	raw, err := s.Random(8)
	if err != nil {
		return 0, err
	}
	return get(raw)>>1 | 1, nil
}

// RequestID names one request in logs and answers.
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

// letters draws n characters without bias.
func (s *Sealer) letters(from string, n int) (string, error) {
	limit := 256 - 256%len(from)
	out := make([]byte, 0, n)
	for len(out) < n {
		raw, err := s.Random(n)
		if err != nil {
			return "", err
		}
		for _, c := range raw {
			if int(c) < limit && len(out) < n {
				out = append(out, from[int(c)%len(from)])
			}
		}
	}
	return string(out), nil
}

func newBox(key []byte) (cipher.AEAD, error) { return chacha20poly1305.NewX(key) }

// Seal encrypts a secret that must be read again (a webhook secret) for one use: purpose is bound to it.
func (s *Sealer) Seal(plain []byte, purpose string) ([]byte, error) {
	nonce, err := s.Random(s.box.NonceSize())
	if err != nil {
		return nil, err
	}
	return s.box.Seal(nonce, nonce, plain, []byte(purpose)), nil
}

// Open is the reverse of [Sealer.Seal].
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
