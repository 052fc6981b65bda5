package seal

import (
	"bytes"
	"testing"
)

// A sealed secret opens for its purpose only, and a changed byte is noticed.
func TestBox(t *testing.T) {
	s := sealer(t, "one")
	sealed, err := s.Seal([]byte("whsec_1"), "webhook")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := s.Open(sealed, "webhook"); err != nil || string(plain) != "whsec_1" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if _, err := s.Open(sealed, "other"); err == nil {
		t.Error("another purpose opens it")
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := s.Open(bad, "webhook"); err == nil {
			t.Errorf("a changed byte %d goes unnoticed", i)
		}
	}
	if _, err := s.Open(sealed[:10], "webhook"); err == nil {
		t.Error("a cut secret opens")
	}
}

// What was not sealed here does not open, and never breaks the program.
func FuzzOpen(f *testing.F) {
	s := sealer(f, "one")
	sealed, err := s.Seal([]byte("whsec_1"), "webhook")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{})
	f.Add(make([]byte, 40))
	f.Fuzz(func(t *testing.T, data []byte) {
		if plain, err := s.Open(data, "webhook"); err == nil && !bytes.Equal(data, sealed) {
			t.Errorf("%x opens to %q", data, plain)
		}
	})
}
