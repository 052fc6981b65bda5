package seal

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
)

// A return code is good for its checkout, in its service, for its life.
func TestReturnCode(t *testing.T) {
	s, other := sealer(t, "one"), sealer(t, "two")
	id := ledger.CheckoutID{Vendor: 3, Number: 1 << 62}
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	code := s.ReturnCode(id, at)
	last := code[:31] + map[bool]string{true: "1", false: "0"}[code[31] == '0']
	younger := s.ReturnCode(id, at.Add(time.Hour))[:8] + code[8:]
	for name, c := range map[string]struct {
		s    *Sealer
		code string
		id   ledger.CheckoutID
		now  time.Time
		want bool
	}{
		"at once":          {s, code, id, at, true},
		"in time":          {s, code, id, at.Add(time.Minute - time.Millisecond), true},
		"too late":         {s, code, id, at.Add(time.Minute), false},
		"another checkout": {s, code, ledger.CheckoutID{Vendor: 3, Number: 1}, at, false},
		"another vendor":   {s, code, ledger.CheckoutID{Vendor: 4, Number: 1 << 62}, at, false},
		"another service":  {other, code, id, at, false},
		"another letter":   {s, last, id, at, false},
		"made younger":     {s, younger, id, at.Add(time.Hour), false},
		"empty":            {s, "", id, at, false},
		"cut":              {s, code[:24], id, at, false},
		"longer":           {s, code + "00000000", id, at, false},
		"no letters":       {s, strings.Repeat("ü", 16), id, at, false},
	} {
		if got := c.s.CheckReturnCode(c.code, c.id, c.now, time.Minute); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Only codes that were made here are good, however long and whatever their letters.
func FuzzCheckReturnCode(f *testing.F) {
	s, at := sealer(f, "one"), time.Unix(1_800_000_000, 0)
	id := ledger.CheckoutID{Vendor: 3, Number: 6}
	good := s.ReturnCode(id, at)
	for _, code := range []string{good, "", good[:31], strings.ToUpper(good), "\n" + good} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if s.CheckReturnCode(code, id, at, time.Minute) && code != good {
			t.Errorf("%q is good", code)
		}
	})
}
