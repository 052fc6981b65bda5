package ledger

import (
	"slices"
	"strings"
	"time"
)

// LastReminder is the number of the reminder that is followed by none.
const LastReminder = 3

// Letter is a bill on paper, or a reminder of it.
type Letter struct {
	User     UserID
	Currency Currency
	Bill     EntryNo
	Reminder uint32 // 0: the bill itself
}

// Mailing is a batch of letters that was frozen for the printer, once.
type Mailing struct {
	Number  uint64
	Letters []Letter
	Hash    [32]byte // SHA-256 of the file
	Sealed  [32]byte // SHA-256 of the file as it is kept
	At      time.Time
}

// MaxLetters bounds a batch, so that the file of one is printed and kept in one piece.
const MaxLetters = 50

// NextLetter returns which letter about a bill of this wallet is to be printed now, false for none: the bill itself
// first, then the reminder that it has come to. Two letters are at least as far apart as the first reminder and the day
// on which the bill was due: a letter is on its way for some days. A bill that is paid or given up gets no more.
func (b Bill) NextLetter(w Wallet, every time.Duration, now time.Time) (l Letter, due bool) {
	state, left := b.StateIn(w, now)
	l = Letter{User: w.User, Currency: w.Currency, Bill: b.No}
	switch {
	case left == 0 || state != BillOpen && state != BillOverdue:
		return l, false
	case b.Mailed.IsZero():
		return l, true
	}
	l.Reminder = uint32(OpenBill{Due: b.Due}.Reminder(every, now)) //nolint:gosec // 0 to 3
	return l, l.Reminder > b.Reminded && !now.Before(b.LastLetter.Add(every))
}

// After returns the bill after a letter about it.
func (b Bill) After(l Letter, at time.Time) Bill {
	if b.Mailed.IsZero() {
		b.Mailed = at
	}
	b.Reminded, b.LastLetter = l.Reminder, at
	return b
}

// FreezeMailing writes a batch of letters down. It refuses with ErrState a batch without letters, and one with more
// than MaxLetters or two about one bill.
func FreezeMailing(m Mailing, a Actor, no EntryNo, now time.Time) (Entry, Mailing, error) {
	seen := map[EntryNo]bool{}
	for _, l := range m.Letters {
		if seen[l.Bill] {
			return Entry{}, m, RefuseState("letter", "there twice")
		}
		seen[l.Bill] = true
	}
	switch n := len(m.Letters); {
	case n == 0:
		return Entry{}, m, Refuse(ErrState, "An earlier batch comes again with --number.", "No letter waits.")
	case n > MaxLetters:
		return Entry{}, m, RefuseState("batch", "too large")
	}
	e := entry(no, now, KindMailing, a)
	m.At = e.At
	own := m
	own.Letters = slices.Clone(m.Letters)
	e.Mailing = &own
	return e, m, nil
}

// PostalAddress is where a person gets letters. It is kept in the vault alone: no journal, no screen and no log has it.
type PostalAddress struct {
	Name     string `json:"name"`
	Street   string `json:"street"` // with the number of the house
	Postcode string `json:"postcode"`
	Town     string `json:"town"`
	Country  string `json:"country"` // ISO 3166
}

// Bounds of an address, in characters: those of a Swiss QR bill.
const (
	maxAddressLine = 70
	maxPostcode    = 16
	maxTown        = 35
)

// ReadAddress cleans an address, and refuses with ErrInvalid what no letter can be sent to.
func ReadAddress(a PostalAddress) (PostalAddress, error) {
	for _, f := range []struct {
		name  string
		field *string
		most  int
	}{
		{"name", &a.Name, maxAddressLine},
		{"street", &a.Street, maxAddressLine},
		{"postcode", &a.Postcode, maxPostcode},
		{"town", &a.Town, maxTown},
	} {
		*f.field = strings.TrimSpace(*f.field)
		switch clean := CleanLine(*f.field, f.most); {
		case clean == "":
			return a, Invalid(f.name, "Type it as it stands on a letter.", "The %s is missing.", f.name)
		case clean != *f.field:
			return a, Invalid(f.name, "Shorten it, and leave out signs that are not printed.",
				"The %s has more than %d characters, or signs that are not printed.", f.name, f.most)
		}
	}
	a.Country = strings.ToUpper(strings.TrimSpace(a.Country))
	if len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return a, Invalid("country", "Type its two letters, for example DE.", "This is no country.")
	}
	return a, nil
}

// Mask is what may be shown of an address: enough to know which it is.
func (a PostalAddress) Mask() string {
	post := []rune(a.Postcode)
	return a.Country + " " + string(post[:min(2, len(post)/2)]) + "•••"
}

// Lines are the address as it stands on a letter.
func (a PostalAddress) Lines() []string {
	return []string{a.Name, a.Street, a.Postcode + " " + a.Town, a.Country}
}

// WholeMinor rounds an amount up to what a bank can move.
func (a Amount) WholeMinor() Amount { return wholeMinor(a) }
