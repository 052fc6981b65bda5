package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawnCard is a number of a card of any kind.
func drawnCard(t *rapid.T) string {
	b := rapid.SampledFrom(brands).Draw(t, "brand")
	digits := b.from
	for length := rapid.SampledFrom(b.lengths).Draw(t, "length"); len(digits) < length-1; {
		digits += string(rune('0' + rapid.IntRange(0, 9).Draw(t, "digit")))
	}
	for check := '0'; ; check++ {
		if luhn(digits + string(check)) {
			return digits + string(check)
		}
	}
}

// A number of a card is found in any text and in any groups, and nothing of it is left.
func TestCardNumbersAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := drawnCard(t)
		typed := digits[:1]
		for _, c := range digits[1:] {
			typed += rapid.SampledFrom([]string{"", "", "", " ", "-", "\u00a0", " - "}).Draw(t, "between") + string(c)
		}
		words := rapid.SampledFrom([]string{"", "it is ", "(", "Karte: ", "№", "a.", "12.50 EUR, "})
		more := rapid.SampledFrom([]string{"", " thanks", ")", ".", ", 12/27"})
		text := words.Draw(t, "before") + typed + more.Draw(t, "after")
		if err := RefuseCard(text); !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), digits[:6]) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, clean := range []string{MaskCards(text), CleanLine(text, 200), CleanText(text, 200)} {
			if strings.Contains(clean, typed) || !strings.Contains(clean, cardMask) {
				t.Fatalf("%q is left of %q", clean, text)
			}
		}
		if one := CleanLine(text, rapid.IntRange(0, 40).Draw(t, "most")); CleanLine(one, 200) != one {
			t.Fatalf("cleaned twice: %q, %q", one, CleanLine(one, 200))
		}
	})
}

// References, account numbers, names of things, amounts and times are no cards, whatever their digits are.
func TestWhatIsNoCardIsKept(t *testing.T) {
	kept := func(t interface{ Fatalf(string, ...any) }, text string) {
		if err := RefuseCard(text); err != nil || MaskCards(text) != text {
			t.Fatalf("%q is taken for a card", text)
		}
	}
	for _, text := range []string{
		"RF18 5390 0754 7034", "DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "+49 1511 2345678901",
		"4111 1111 1111 1112", "1234 5678 9012 3452", "2026-11-28 14:30:00", "1764332400000", "1764332400000000",
		"4111 1111 1111", "0000000000000000", "4111.1111.1111.1111", "x4111111111111111", "dep_4111111111111111",
		"4111111111111111a", "41111111111111111111",
	} {
		kept(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		digits := drawnCard(t)
		kept(t, Reference(rapid.Uint64Min(1).Draw(t, "number")))
		kept(t, "DE"+digits)
		kept(t, "RF18 "+digits[:4]+" "+digits[4:])
		kept(t, "dep_"+digits)
		kept(t, digits+"x")
		wrong := []byte(digits)
		wrong[len(wrong)-1] = '0' + (wrong[len(wrong)-1]-'0'+1)%10
		kept(t, string(wrong))
	})
}

func ExampleMaskCards() {
	fmt.Println(MaskCards("my card is 4111-1111 1111 1111, and the check RF18 5390 0754 7034"))
	// Output: my card is [card number], and the check RF18 5390 0754 7034
}
