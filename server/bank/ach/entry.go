package ach

import (
	"log/slog"
	"strings"
	"time"

	"tuppence/server/bank"
	"tuppence/server/ledger"

	nacha "github.com/moov-io/ach"
)

// Class is the standard entry class: by which kind of permission money moves.
type Class string

// Classes. Their rules differ: who may be debited, and how long a debit can be taken back.
const (
	WEB Class = "WEB" // a debit that a person permitted on line
	PPD Class = "PPD" // a person: a debit permitted on paper, or a credit
	CCD Class = "CCD" // a company
)

// Origin is who sends a file, as agreed with the bank.
type Origin struct {
	Destination     string // routing number of the bank that gets the file
	DestinationName string // at most 23 characters
	Origin          string // what the bank has given us: nine digits
	OriginName      string // at most 23
	ODFI            string // first eight digits of the routing number of our bank: every trace number begins with them
	Company         string // at most 16; payers read it on their statements
	CompanyID       string // at most 10
}

// Entry is one debit, credit or prenote.
type Entry struct {
	Class       Class
	Credit      bool
	Description string    // at most 10: TOKENS, RETRY PYMT, PAYOUT, SETTLEMENT; payers read it
	Effective   time.Time // a banking day
	Amount      ledger.Amount
	Prenote     bool // asks whether the account is there: the amount is zero
	Recurring   bool // WEB: of a standing mandate; else a single debit
	Savings     bool // else a checking account
	Routing     string
	Account     string // at most 17
	Name        string // the holder's real name, at most 22; [bank.Latin] makes it fit
	ID          string // our number of it, at most 15; comes back in a return
	Trace       string // [Origin.Trace]; never used for another entry
}

// LogValue keeps account and name out of logs.
func (e Entry) LogValue() slog.Value { return slog.StringValue("entry " + e.Trace) }

// String returns the trace number alone.
func (e Entry) String() string { return "entry " + e.Trace }

// GoString keeps account and name out of %#v.
func (e Entry) GoString() string { return e.String() }

// Trace returns the trace number of an entry: the bank's eight digits and seven of a counter that the caller keeps. It
// is the key by which returns are matched.
func (o Origin) Trace(n uint64) string {
	const seven = 10_000_000
	digits := []byte("0000000")
	for i, rest := len(digits)-1, n%seven; i >= 0; i, rest = i-1, rest/10 {
		digits[i] += byte(rest % 10)
	}
	return o.ODFI + string(digits)
}

// refuse is a refusal of one field, without its value.
func refuse(field, remedy, detail string, args ...any) error {
	return ledger.Invalid(field, remedy, detail, args...)
}

// check refuses an origin with which no file can be written.
func (o Origin) check() error {
	if err := bank.CheckRouting(o.Destination); err != nil {
		return err
	}
	if len(o.Origin) != 9 || strings.Trim(o.Origin, "0123456789") != "" || strings.Trim(o.Origin, "0") == "" {
		return refuse("origin", "Use the number that the bank has given out.", "The origin must have nine digits.")
	}
	if len(o.ODFI) != 8 || strings.Trim(o.ODFI, "0123456789") != "" || strings.Trim(o.ODFI, "0") == "" {
		return refuse("odfi", "Use the first eight digits of the routing number.", "The bank must have eight digits.")
	}
	for _, f := range []field{
		{"destination_name", o.DestinationName, 23},
		{"origin_name", o.OriginName, 23},
		{"company", o.Company, 16},
		{"company_id", o.CompanyID, 10},
	} {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

// field is a text with its bound. The library cuts what is longer without a word, and a cut account number is another
// account.
type field struct {
	name, text string
	max        int
}

func (f field) check() error {
	switch {
	case strings.TrimSpace(f.text) == "" || strings.TrimSpace(f.text) != f.text:
		return refuse(f.name, "Fill it in, with no spaces around it.", "The %s is missing or has spaces around it.", f.name)
	case len(f.text) > f.max:
		return refuse(f.name, "Shorten it.", "The %s has more than %d characters.", f.name, f.max)
	}
	for i := range len(f.text) {
		if f.text[i] < ' ' || f.text[i] > '~' {
			return refuse(f.name, "Use plain letters and digits.", "The %s has characters that banks do not take.", f.name)
		}
	}
	return nil
}

// check refuses an entry that a bank would refuse, or would book otherwise than it was meant.
func (e Entry) check(o Origin) error {
	if e.Class != WEB && e.Class != PPD && e.Class != CCD {
		return refuse("class", "Use WEB, PPD or CCD.", "The class of entry is not one that is written.")
	}
	if e.Class == WEB && e.Credit {
		return refuse("class", "Use PPD or CCD.", "A WEB credit is from person to person only.")
	}
	if !IsBankingDay(e.Effective) {
		return refuse("effective", "Take the next banking day.", "The effective date is no banking day.")
	}
	if len(e.Trace) != 15 || !strings.HasPrefix(e.Trace, o.ODFI) || strings.Trim(e.Trace, "0123456789") != "" {
		return refuse("trace", "Use Origin.Trace.", "The trace number does not begin with the bank's eight digits.")
	}
	for _, f := range []field{
		{"description", e.Description, 10},
		{"account", e.Account, 17},
		{"name", e.Name, 22},
		{"id", e.ID, 15},
	} {
		if err := f.check(); err != nil {
			return err
		}
	}
	if _, err := e.cents(); err != nil {
		return err
	}
	return bank.CheckRouting(e.Routing)
}

// maxCents is what the ten digits of the amount of an entry hold.
const maxCents = 9_999_999_999

// cents returns the amount as the record has it, zero for a prenote.
func (e Entry) cents() (int, error) {
	if e.Prenote {
		if e.Amount.Micros != 0 {
			return 0, refuse("amount", "Leave it at zero.", "A prenote moves no money.")
		}
		return 0, nil
	}
	n, err := bank.Cents(e.Amount, "USD")
	if err == nil && n > maxCents {
		err = refuse("amount", "Split it.", "An entry can have at most 99999999.99 USD.")
	}
	return int(n), err
}

// code returns the transaction code: what kind of account, which direction, whether it is a prenote.
func (e Entry) code() int {
	code := nacha.CheckingDebit
	if e.Credit {
		code = nacha.CheckingCredit
	}
	if e.Savings {
		code += nacha.SavingsDebit - nacha.CheckingDebit
	}
	if e.Prenote {
		code += nacha.CheckingPrenoteDebit - nacha.CheckingDebit
	}
	return code
}
