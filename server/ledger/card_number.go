package ledger

import (
	"slices"
	"strings"
	"unicode"
)

// The number of a card belongs on the page of its processor and nowhere else: what is typed here would be kept for
// ever, and every log and copy of it would have to be guarded as a bank guards it. So it is refused wherever a text
// comes in ([RefuseCard]), and no text that is kept or shown has one ([CleanText], [CleanLine]).

// cardMask stands where a number was. It is no longer than the shortest number, so a text that was cut stays as short.
const cardMask = "[card number]"

// brand is the beginning of the numbers of a kind of card, and how long they are (ISO/IEC 7812).
type brand struct {
	from, to string // of the same length, both included
	lengths  []int
}

// brands are the kinds of cards that people pay with. A number outside of them is an order, a date or a meter.
var brands = []brand{
	{"4", "4", []int{13, 16, 19}}, // Visa
	{"51", "55", []int{16}},
	{"2221", "2720", []int{16}}, // Mastercard
	{"34", "34", []int{15}},
	{"37", "37", []int{15}}, // American Express
	{"6011", "6011", []int{16, 19}},
	{"644", "649", []int{16, 19}},
	{"65", "65", []int{16, 19}}, // Discover
	{"300", "305", []int{14}},
	{"36", "36", []int{14}},
	{"38", "39", []int{14}},                 // Diners Club
	{"3528", "3589", []int{16, 17, 18, 19}}, // JCB
	{"62", "62", []int{16, 17, 18, 19}},     // UnionPay
	{"5018", "5018", []int{13, 16, 18, 19}},
	{"5020", "5020", []int{13, 16, 18, 19}}, // Maestro
	{"5038", "5038", []int{13, 16, 18, 19}},
	{"6304", "6304", []int{13, 16, 18, 19}},
	{"6759", "6763", []int{13, 16, 18, 19}},
}

// fewestCardDigits is how many digits the shortest number has.
const fewestCardDigits = 13

// RefuseCard refuses a text with the number of a card in it, with ErrInvalid. The refusal does not repeat it.
func RefuseCard(text string) error {
	if _, _, found := findCard(text); !found {
		return nil
	}
	return Invalid("text",
		"Leave it out. A card is typed on the page of its processor: fund AMOUNT CURRENCY --method card.",
		"This looks like the number of a card. Never type one here, and never tell it to anybody.")
}

// MaskCards returns the text without the numbers of cards in it.
func MaskCards(text string) string {
	if !digitsEnough(text) {
		return text
	}
	var b strings.Builder
	for {
		from, to, found := findCard(text)
		if !found {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:from] + cardMask)
		text = text[to:]
	}
}

func digitsEnough(text string) bool {
	n := 0
	for i := range len(text) {
		if isDigit(text[i]) {
			n++
		}
	}
	return n >= fewestCardDigits
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digitGroup is digits side by side in a text.
type digitGroup struct {
	from, to int
	alone    bool // no letter is glued to them
	joined   bool // to the group before, by blanks or hyphens
	behind   bool // two letters: the beginning of an account number (ISO 13616) or of a reference (ISO 11649)
}

// findCard finds the first number of a card: 13 to 19 digits, side by side or in groups, that begin as a card does and
// have the right check digit (ISO/IEC 7812-1, Luhn). Digits that are glued to a letter are part of a name, and groups
// behind two letters and two digits are part of an account number or a reference.
func findCard(text string) (from, to int, found bool) {
	if !digitsEnough(text) {
		return 0, 0, false
	}
	groups, skip := digitGroups(text), false
	for i, g := range groups {
		if skip = g.behind || skip && g.joined; skip || !g.alone {
			continue
		}
		digits := ""
		best := 0
		for j := i; j < len(groups) && groups[j].alone && (j == i || groups[j].joined); j++ {
			if digits += text[groups[j].from:groups[j].to]; len(digits) > 19 {
				break
			}
			if cardNumber(digits) {
				best = groups[j].to
			}
		}
		if best > 0 {
			return g.from, best, true
		}
	}
	return 0, 0, false
}

// digitGroups are the groups of digits of a text.
func digitGroups(text string) (all []digitGroup) {
	end := 0
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			continue
		}
		g := digitGroup{from: i, to: i}
		for g.to < len(text) && isDigit(text[g.to]) {
			g.to++
		}
		between := text[end:g.from]
		before, after := lastRune(text[:g.from]), firstRune(text[g.to:])
		g.joined = len(all) > 0 && len(between) <= 6 && strings.TrimFunc(between, separates) == ""
		g.alone = !gluedTo(before) && before != '+' && !gluedTo(after)
		g.behind = g.to-g.from >= 2 && len(text[:g.from]) >= 2 && capital(text[g.from-1]) && capital(text[g.from-2]) &&
			(g.from == 2 || !gluedTo(lastRune(text[:g.from-2])))
		all, end, i = append(all, g), g.to, g.to
	}
	return all
}

func capital(c byte) bool { return 'A' <= c&^0x20 && c&^0x20 <= 'Z' }

func gluedTo(r rune) bool { return unicode.IsLetter(r) || r == '_' }

func separates(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) }

func lastRune(s string) (last rune) {
	r := []rune(s[max(0, len(s)-4):])
	if len(r) == 0 {
		return 0
	}
	return r[len(r)-1]
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// cardNumber reports whether digits are the number of a card.
func cardNumber(digits string) bool {
	if len(digits) < fewestCardDigits {
		return false
	}
	known := slices.ContainsFunc(brands, func(b brand) bool {
		begins := digits[:len(b.from)]
		return b.from <= begins && begins <= b.to && slices.Contains(b.lengths, len(digits))
	})
	return known && luhn(digits)
}

// luhn reports whether the last digit is the check digit of those before it.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
