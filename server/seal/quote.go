package seal

import (
	"crypto/hmac"
	"strings"
)

// A quote carries its own terms: nothing is stored for it, so nobody can fill the store with quotes. It is 6 random
// bytes, the terms, and 128 bits of HMAC-SHA256 over both. The terms are no secret; they cannot be changed.
const (
	quotePrefix = "qte_"
	quoteRandom = 6
	quoteMAC    = 16
	quoteMax    = 200 // letters
)

// Quote signs the terms of a quote. No two are the same, even of the same terms.
func (s *Sealer) Quote(terms []byte) (string, error) {
	b, err := s.Random(quoteRandom)
	if err != nil {
		return "", err
	}
	b = append(b, terms...)
	return quotePrefix + alphabet.EncodeToString(append(b, s.mac(s.quote, b)[:quoteMAC]...)), nil
}

// OpenQuote returns the terms of a quote. It refuses with [ErrName] what [Sealer.Quote] has not made, in this spelling.
func (s *Sealer) OpenQuote(quote string) ([]byte, error) {
	letters, ok := strings.CutPrefix(quote, quotePrefix)
	if !ok || len(letters) > quoteMax {
		return nil, ErrName
	}
	b, err := alphabet.DecodeString(letters)
	// The last letter has bits that belong to no byte, and the decoder passes over line breaks: a second spelling would be
	// a second quote.
	if err != nil || len(b) < quoteRandom+quoteMAC || alphabet.EncodeToString(b) != letters {
		return nil, ErrName
	}
	signed := len(b) - quoteMAC
	if !hmac.Equal(b[signed:], s.mac(s.quote, b[:signed])[:quoteMAC]) {
		return nil, ErrName
	}
	return b[quoteRandom:signed], nil
}
