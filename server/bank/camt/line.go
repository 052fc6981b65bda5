package camt

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tuppence/server/bank"
	"tuppence/server/ledger"
)

// Options are what a caller knows and wants.
type Options struct {
	Own   []bank.IBAN // our accounts: a file about any other one is refused
	Names bool        // read the names and accounts of the other sides, too
}

// Kind is which message a statement came in.
type Kind string

// Kinds.
const (
	Interim      Kind = "052" // of a day that is not over; its lines come again in a statement, under the same keys
	Final        Kind = "053" // adds up from one balance to the next
	Notification Kind = "054" // single bookings
	CSV          Kind = "csv"
)

// Statement is about one account.
type Statement struct {
	Kind    Kind
	ID      string
	Account bank.IBAN // empty: the file does not say
	Lines   []Line    // booked
	Pending []Line    // news: nothing has moved, and it may not
	Unread  []Unread  // booked, for a person
}

// Line is one movement of money.
type Line struct {
	Key        string // the same whenever this movement is told again; no other movement has it
	Date       time.Time
	Amount     ledger.Amount // above zero
	Credit     bool          // money came; else it went
	Reversal   bool          // takes back a movement of before
	Reason     string        // why it came back: AM04, MD06 …
	EndToEndID string        // "" when its sender gave none
	Mandate    string
	Batch      string   // the id of our block of orders, of which this is all or a part
	Count      int      // how many orders it stands for; 0: one, or not said
	BankRef    string   // may be empty
	Texts      []string // what the payer wrote, references first: [bank.References] finds ours
	Name       string   // of the other side, if it was asked for
	Account    string   // of the other side, if it was asked for
}

// String returns what may be shown to anyone.
func (l Line) String() string {
	sign := "-"
	if l.Credit {
		sign = "+"
	}
	return l.Date.Format(time.DateOnly) + " " + sign + l.Amount.String()
}

// GoString keeps the words of the payer out of %#v.
func (l Line) GoString() string { return l.String() }

// LogValue keeps the words of the payer out of logs.
func (l Line) LogValue() slog.Value { return slog.StringValue(l.String()) }

// Unread is a booking that a person has to look at.
type Unread struct {
	Date    string // as the bank writes it
	Amount  ledger.Amount
	Credit  bool
	BankRef string
	Why     string
}

// signed returns the micros with the sign of the direction.
func signed(a ledger.Amount, credit bool) int64 {
	if credit {
		return a.Micros
	}
	return -a.Micros
}

// file is what is known of a file while it is read: the bank's references in it, and movements that are alike.
type file struct {
	refs  map[string]bool
	alike map[string]int
}

func newFile() *file { return &file{map[string]bool{}, map[string]int{}} }

// key returns the key of the movement at a place of its booking. Without a reference of the bank it is the hash of all
// that is known of the movement, and a number for those that are alike.
func (f *file) key(account bank.IBAN, l Line, place int) string {
	if l.BankRef != "" {
		return fmt.Sprintf("%s:%s#%d", string(account[max(0, len(account)-10):]), l.BankRef, place)
	}
	all := fmt.Sprintf("%s|%s|%q|%q|%q|%q", string(account), l, l.EndToEndID, l.Mandate, l.Batch, l.Texts)
	sum := sha256.Sum256([]byte(all))
	hash := hex.EncodeToString(sum[:16])
	f.alike[hash]++
	return fmt.Sprintf("%s#%d", hash, f.alike[hash])
}

// repeated reports whether an earlier booking of the file has a reference of these movements, and notes them.
func (f *file) repeated(lines []Line) (twice bool) {
	for _, l := range lines {
		twice = twice || f.refs[l.BankRef]
	}
	for _, l := range lines {
		f.refs[l.BankRef] = l.BankRef != ""
	}
	return twice
}

// maxTexts and maxText bound what is kept of the words of a payer.
const (
	maxTexts = 20
	maxText  = 500
)

// texts returns what is written in some fields, each once, fit to be shown.
func texts(fields ...string) (out []string) {
	for _, f := range fields {
		if f = ledger.CleanLine(f, maxText); f != "" && !slices.Contains(out, f) && len(out) < maxTexts {
			out = append(out, f)
		}
	}
	return out
}

// id returns an identifier as it was given, or nothing for the words with which banks say that there is none.
func id(s string) string {
	switch s = ledger.CleanID(s, 70); strings.ToUpper(s) {
	case "NOTPROVIDED", "NONREF", "NICHT ANGEGEBEN":
		return ""
	}
	return s
}

// own returns the account that a file names, and refuses one that is not ours.
func (o Options) own(account string) (bank.IBAN, error) {
	found, err := bank.ParseIBAN(account)
	if err != nil || !slices.Contains(o.Own, found) {
		return "", ledger.Invalid("file", "Read it where its account belongs.",
			"The file is about an account that is not ours.")
	}
	return found, nil
}
