package ledger

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ExampleReference() {
	fmt.Println(Reference(539007547034))
	fmt.Println(ParseReference("rf18-5390 0754 7034"))
	// Output:
	// RF18 5390 0754 7034
	// 539007547034 <nil>
}

// Every single wrong digit and every swap of two neighbours is found (ISO 7064, mod 97).
func TestReferenceFindsSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, math.MaxUint64).Draw(t, "n")
		good := Reference(n)
		if got, err := ParseReference(good); err != nil || got != n {
			t.Fatalf("%s: %d, %v, want %d", good, got, err, n)
		}
		s := []byte(strings.ReplaceAll(good, " ", ""))
		i := rapid.IntRange(2, len(s)-1).Draw(t, "place")
		wrong := append([]byte(nil), s...)
		wrong[i] = '0' + (s[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "slip")))%10
		if got, err := ParseReference(string(wrong)); err == nil {
			t.Fatalf("%s was taken for %d", wrong, got)
		}
		if i+1 < len(s) && s[i] != s[i+1] {
			swapped := append([]byte(nil), s...)
			swapped[i], swapped[i+1] = s[i+1], s[i]
			if got, err := ParseReference(string(swapped)); err == nil {
				t.Fatalf("%s was taken for %d", swapped, got)
			}
		}
	})
}

func TestReferenceRefuses(t *testing.T) {
	for _, s := range []string{
		"", "RF", "RF18", "XX18539007547034", "RF18 5390 0754 703X", "RF00 0000 0000", Reference(5) + "0",
		"RF18 0000 5390 0754 7034",
		strings.Repeat("RF18 ", 20), "RF9999999999999999999999", "ＲＦ18539007547034",
	} {
		_, err := ParseReference(s)
		is(t, "param of "+s, refused(t, err, ErrInvalid).Param, "reference")
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add("RF18 5390 0754 7034")
	for _, s := range []string{
		"rf", "RF18 1e99", "RF00 0000 0000", "RF18 -000 0001", "RF97 1234 5678 9012 3456 789",
		"RF18 １２３４５６７８",
		"RF18 ٣٣٣٣٣٣٣٣", "RF18+00000001",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseReference(s)
		if err != nil {
			refused(t, err, ErrInvalid)
		} else if again, err := ParseReference(Reference(n)); err != nil || again != n || n == 0 {
			t.Fatalf("%q became %d, then %d, %v", s, n, again, err)
		}
	})
}

func ExampleIsIBAN() {
	fmt.Println(IsIBAN("DE89 3704 0044 0532 0130 00"), IsIBAN("DE89 3704 0044 0532 0130 01"), IsIBAN("DE89"))
	// Output: true false false
}
