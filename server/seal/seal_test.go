package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"io"
	"testing"
)

// stream is a reproducible source of randomness.
type stream struct {
	seed [32]byte
	rest []byte
}

func (s *stream) Read(p []byte) (int, error) {
	for len(s.rest) < len(p) {
		s.seed = sha256.Sum256(s.seed[:])
		s.rest = append(s.rest, s.seed[:]...)
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func sealer(t testing.TB, secret string) *Sealer {
	t.Helper()
	master := sha256.Sum256([]byte(secret))
	s, err := New(master[:], &stream{seed: master})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Without randomness nothing is made up.
func TestNoRandomness(t *testing.T) {
	s, err := New(make([]byte, MasterSize), io.LimitReader(rand.Reader, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UserCode(); err == nil {
		t.Error("a code without randomness")
	}
	if _, _, _, err := s.APIKey(true); err == nil {
		t.Error("a key without randomness")
	}
	if _, err := s.Seal([]byte("x"), "y"); err == nil {
		t.Error("a nonce without randomness")
	}
	if _, err := New(make([]byte, 31), rand.Reader); err == nil {
		t.Error("a short master secret is taken")
	}
}
