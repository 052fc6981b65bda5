package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// A page cookie is 128 random bits and 128 bits of HMAC-SHA256 over them and the transaction id: only a browser that
// has asked for the page of a request has one for it, and handing one out writes nothing.
const (
	pageCookieRandom  = 16
	pageCookieSize    = 32
	pageCookieLetters = 52
)

// PageCookie is what a browser has to bring back to open the page of a transaction id.
func (s *Sealer) PageCookie(txn string) (string, error) {
	random, err := s.Random(pageCookieRandom)
	if err != nil {
		return "", err
	}
	return alphabet.EncodeToString(append(random, s.pageMAC(txn, random)...)), nil
}

// CheckPageCookie says whether the cookie was made for this transaction id.
func (s *Sealer) CheckPageCookie(cookie, txn string) bool {
	if len(cookie) != pageCookieLetters { // the decoder would pass over line breaks
		return false
	}
	raw, err := alphabet.DecodeString(cookie)
	return err == nil && len(raw) == pageCookieSize &&
		hmac.Equal(raw[pageCookieRandom:], s.pageMAC(txn, raw[:pageCookieRandom]))
}

func (s *Sealer) pageMAC(txn string, random []byte) []byte {
	return s.mac(s.page, random, []byte(txn))[:pageCookieSize-pageCookieRandom]
}

// HashPageCookie is the form in which a cookie is stored: who reads the books cannot take the place of a browser. The
// cookie has 128 random bits, so one SHA-256 is enough.
func HashPageCookie(cookie string) [32]byte { return sha256.Sum256([]byte(cookie)) }

// MatchNumber has two digits, 10 to 99, which a person compares between page and terminal. It follows from the request
// and the browser that has its page, so another browser's page would show another number, in 89 of 90 cases.
func (s *Sealer) MatchNumber(txn string, browser [32]byte) string {
	sum := s.mac(s.match, browser[:], []byte(txn))
	return strconv.FormatUint(10+binary.BigEndian.Uint64(sum)%90, 10)
}
