package seal

import (
	"crypto/hmac"
	"encoding/binary"
	"time"

	"tuppence/server/ledger"
)

// A return code is 48 bits of milliseconds and 112 bits of HMAC-SHA256 over them and the checkout: it tells when it was
// made, so that nothing is written down for it. That it works only once is the checkout's state.
const (
	returnCodeSize    = 20
	returnCodeLetters = 32
)

// ReturnCode is the code that a browser carries back to the vendor of an approved checkout.
func (s *Sealer) ReturnCode(c ledger.CheckoutID, at time.Time) string {
	ms := make([]byte, 6)
	put(ms, uint64(at.UnixMilli()))
	return alphabet.EncodeToString(append(ms, s.returnMAC(c, ms)...))
}

// CheckReturnCode says whether the code was made for this checkout, and less than life ago.
func (s *Sealer) CheckReturnCode(code string, c ledger.CheckoutID, now time.Time, life time.Duration) bool {
	if len(code) != returnCodeLetters { // the decoder would pass over line breaks
		return false
	}
	raw, err := alphabet.DecodeString(code)
	if err != nil || len(raw) != returnCodeSize || !hmac.Equal(raw[6:], s.returnMAC(c, raw[:6])) {
		return false
	}
	return now.Before(time.UnixMilli(int64(get(raw[:6]))).Add(life))
}

func (s *Sealer) returnMAC(c ledger.CheckoutID, ms []byte) []byte {
	id := binary.BigEndian.AppendUint64(nil, uint64(c.Vendor))
	return s.mac(s.back, ms, binary.BigEndian.AppendUint64(id, c.Number))[:returnCodeSize-6]
}
