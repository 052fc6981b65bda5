package seal

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// A quote opens to its terms, two of the same terms differ, and no letter of it can be changed.
func TestQuoteCannotBeChanged(t *testing.T) {
	s, other := sealer(t, "one"), sealer(t, "two")
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "terms")
		quote, err := s.Quote(terms)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := s.Quote(terms); again == quote {
			t.Fatalf("two quotes are %s", quote)
		}
		got, err := s.OpenQuote(quote)
		if err != nil || !bytes.Equal(got, terms) {
			t.Fatalf("%x opens to %x: %v", terms, got, err)
		}
		if _, err := other.OpenQuote(quote); !errors.Is(err, ErrName) {
			t.Fatalf("another service opens it: %v", err)
		}
		changed := []byte(quote)
		i := rapid.IntRange(0, len(changed)-1).Draw(t, "letter")
		changed[i] = rapid.SampledFrom([]byte("0123456789abcdefghjkmnpqrstvwxyz_\nQ")).Draw(t, "by")
		if _, err := s.OpenQuote(string(changed)); !errors.Is(err, ErrName) && string(changed) != quote {
			t.Fatalf("%s opens as %s: %v", changed, quote, err)
		}
		cut := quote[:rapid.IntRange(0, len(quote)-1).Draw(t, "cut")]
		if _, err := s.OpenQuote(cut); !errors.Is(err, ErrName) {
			t.Fatalf("%s opens as %s: %v", cut, quote, err)
		}
	})
}
