package ledger

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func ExampleCheckMetadata() {
	fmt.Println(CheckMetadata(map[string]string{"order": "\u2764\ufe0f 1001"}))
	fmt.Println(CheckMetadata(map[string]string{"order": "1001\x00"}))
	// Output:
	// <nil>
	// A text cannot be kept as it is. Send Unicode text without the character U+0000.
}

// Lengths are in characters: as many letters of any script as the document says.
func TestAttachedTextsAreMeasuredInCharacters(t *testing.T) {
	for _, letter := range []string{"x", "\u00e9", "\u4e16", "\U0001f525", "\u200d", " ", "\x1b"} {
		ref, name, value := strings.Repeat(letter, 200), strings.Repeat(letter, 40), strings.Repeat(letter, 500)
		must(t, CheckAttached(ref, map[string]string{name: value}))
		refused(t, CheckAttached(ref+letter, nil), ErrInvalid)
		refused(t, CheckMetadata(map[string]string{name + letter: ""}), ErrInvalid)
		refused(t, CheckMetadata(map[string]string{"a": value + letter}), ErrInvalid)
	}
}

// Every text of Unicode that fits is taken, whatever it shows; what is no text is refused and names its field.
func FuzzCheckAttached(f *testing.F) {
	for _, s := range []string{
		"1001", "", "a\u202e", " b", "line\nline", "\xff", "\x00", "\u2764\ufe0f order",
		"\ud7ff\ue000",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := CheckAttached(s, nil)
		fits := utf8.ValidString(s) && !strings.Contains(s, "\x00") && utf8.RuneCountInString(s) <= MaxClientRef
		if (err == nil) != fits {
			t.Fatalf("%q: %v", s, err)
		}
		if err != nil {
			is(t, "param", refused(t, err, ErrInvalid).Param, "client_reference_id")
		}
	})
}
