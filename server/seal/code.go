package seal

import (
	"crypto/sha256"
	"strings"
)

// consonants make codes that spell no word (RFC 8628 section 6.1).
const consonants = "BCDFGHJKLMNPQRSTVWXZ"

// UserCode is what a buyer types to approve: 8 consonants, 34.5 bits, in the form WDJB-MJHT.
func (s *Sealer) UserCode() (string, error) {
	c, err := s.letters(consonants, 8)
	if err != nil {
		return "", err
	}
	return c[:4] + "-" + c[4:], nil
}

// CleanUserCode brings what a person typed into the form of [Sealer.UserCode]; ok is false if it cannot be one.
func CleanUserCode(typed string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune(consonants, r):
			b.WriteRune(r)
		case r == '-' || r == ' ':
		default:
			return "", false
		}
	}
	c := b.String()
	if len(c) != 8 {
		return "", false
	}
	return c[:4] + "-" + c[4:], true
}

// RecoveryCode is what a person writes down: 26 characters (130 bits) in groups, kept only as a hash.
func (s *Sealer) RecoveryCode() (string, error) { return s.grouped("R", 26) }

// ClaimCode takes a transfer: 130 bits in groups, kept only as a hash.
func (s *Sealer) ClaimCode() (string, error) { return s.grouped("T", 26) }

// claimHint is how many characters of a claim code the desk can find a transfer by. They leave 90 bits to guess.
const claimHint = 8

// ClaimHint is how a claim code begins, in one spelling: what is kept of it beside its hash. It is "" for what cannot
// be a claim code; a person may type less than all of it.
func ClaimHint(typed string) string {
	code, is := strings.CutPrefix(misread.Replace(strings.ToUpper(strings.TrimSpace(typed))), "T")
	if !is {
		return ""
	}
	return code[:min(claimHint, len(code))]
}

// ClaimLetters is how many characters of a claim code were typed, without its mark and the dashes; 0 for another text.
func ClaimLetters(typed string) int {
	code, is := strings.CutPrefix(misread.Replace(strings.ToUpper(strings.TrimSpace(typed))), "T")
	if !is {
		return 0
	}
	return len(code)
}

// KeyCode adds a key to a wallet: 75 bits in groups. It is typed by hand, is good for minutes, and cannot be guessed in
// them.
func (s *Sealer) KeyCode() (string, error) { return s.grouped("K", 15) }

// InviteCode opens a wallet for a caller: 75 bits in groups, kept only as a hash.
func (s *Sealer) InviteCode() (string, error) { return s.grouped("J", 15) }

// VoucherCode brings issued tokens into a wallet: 75 bits in groups, kept only as a hash.
func (s *Sealer) VoucherCode() (string, error) { return s.grouped("V", 15) }

// TeamCode gives a key a place in the team of a vendor: 75 bits in groups, kept only as a hash.
func (s *Sealer) TeamCode() (string, error) { return s.grouped("M", 15) }

// Digits are n digits, each as likely as the others.
func (s *Sealer) Digits(n int) (string, error) { return s.letters("0123456789", n) }

func (s *Sealer) grouped(mark string, n int) (string, error) {
	c, err := s.letters("0123456789ABCDEFGHJKMNPQRSTVWXYZ", n)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(mark)
	for i := 0; i < len(c); i += 5 {
		b.WriteByte('-')
		b.WriteString(c[i:min(i+5, len(c))])
	}
	return b.String(), nil
}

// misread maps what people mistype alike to one letter: dashes and spaces, O for 0, I and L for 1.
var misread = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// HashCode is the form in which one-time codes are stored. Spellings that a person may confuse have one hash.
func HashCode(code string) [32]byte {
	return sha256.Sum256([]byte("tuppence code " + misread.Replace(strings.ToUpper(code))))
}

// letters draws n characters. A byte from the end of the range that does not hold all letters equally often is drawn
// again, so that no letter is likelier than another.
func (s *Sealer) letters(from string, n int) (string, error) {
	limit := 256 - 256%len(from)
	out := make([]byte, 0, n)
	for len(out) < n {
		raw, err := s.Random(n)
		if err != nil {
			return "", err
		}
		for _, c := range raw {
			if int(c) < limit && len(out) < n {
				out = append(out, from[int(c)%len(from)])
			}
		}
	}
	return string(out), nil
}
