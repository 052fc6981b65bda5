package seal

import (
	"strings"
	"testing"
)

// Codes have their form, are not biased to a few letters, and hash alike however a person writes them.
func TestCodes(t *testing.T) {
	s := sealer(t, "one")
	seen := map[string]bool{}
	for range 1000 {
		c, err := s.UserCode()
		if err != nil {
			t.Fatal(err)
		}
		if clean, ok := CleanUserCode(strings.ToLower(strings.ReplaceAll(c, "-", " "))); !ok || clean != c {
			t.Fatalf("CleanUserCode does not find %s again: %q", c, clean)
		}
		seen[c] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different codes of 1000", len(seen))
	}
	for _, bad := range []string{"", "WDJB-MJH", "WDJB-MJHTT", "WDJA-MJHT", "WDJB\nMJHT!"} {
		if c, ok := CleanUserCode(bad); ok {
			t.Errorf("CleanUserCode(%q) = %q", bad, c)
		}
	}
	code, err := s.RecoveryCode()
	if err != nil || !strings.HasPrefix(code, "R-") || len(code) != 33 {
		t.Errorf("RecoveryCode = %q, %v", code, err)
	}
	if code, err = s.KeyCode(); err != nil || !strings.HasPrefix(code, "K-") || len(code) != 19 {
		t.Errorf("KeyCode = %q, %v", code, err)
	}
	if HashCode("R-01ABC") != HashCode(" r oiabc") {
		t.Error("misread letters make another code")
	}
	key, hash, hint, err := s.APIKey(true)
	if err != nil || hash != HashAPIKey(key) || !strings.HasPrefix(key, hint) || len(key) != 51 {
		t.Errorf("APIKey = %q (hint %q), %v", key, hint, err)
	}
}

// A typed code is brought into one form or refused, and spelling it in another way means the same.
func FuzzCodes(f *testing.F) {
	for _, s := range []string{
		"WDJB-MJHT", "wdjb mjht", "ſſſſ-ſſſſ", "WDJBMJH", "R-0OIL1-abcde", "１２３", "\x00\xff", "----",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := CleanUserCode(typed)
		if again, fine := CleanUserCode(code); ok && (!fine || again != code || len(code) != 9 || code[4] != '-') {
			t.Errorf("%q became %q, then %q", typed, code, again)
		}
		if upper := strings.ToUpper(typed); HashCode(" "+upper+"-") != HashCode(typed) {
			t.Errorf("%q and %q are different codes", typed, upper)
		}
	})
}
