package sepa

import (
	"log/slog"
	"strings"
	"time"

	"tuppence/server/bank"
	"tuppence/server/ledger"
)

// Version is a version of a message. What is written here is the same in both of a message; banks tell which they take.
type Version string

// Versions that are written.
const (
	Debits08    Version = "pain.008.001.08"
	Debits09    Version = "pain.008.001.09"
	Transfers09 Version = "pain.001.001.09"
	Transfers10 Version = "pain.001.001.10"
)

// Sequence says which of the debits of a mandate one is.
type Sequence string

// Sequences. A standing mandate has RCUR from its first debit on.
const (
	Recurring Sequence = "RCUR"
	OneOff    Sequence = "OOFF"
	Final     Sequence = "FNAL" // no debit can follow
)

// Sender is who orders: the account to which debits go, and from which transfers come.
type Sender struct {
	Name          string // at most 70 characters
	IBAN          bank.IBAN
	BIC           string // may be empty
	Town, Country string // both or none: other forms of address are refused by banks
	CreditorID    string // for debits
}

// Debit takes money from an account whose owner has permitted it (SDD Core).
type Debit struct {
	EndToEndID string // [EndToEndID] of our name of it; never used again
	Amount     ledger.Amount
	Due        time.Time // a banking day
	Sequence   Sequence
	Mandate    string    // its unique reference, at most 35
	Signed     time.Time // the date of the mandate
	Amended    bool      // its owner has given another account since the last debit
	Party
	Remittance
}

// Transfer pays money to an account (SCT).
type Transfer struct {
	EndToEndID    string
	Amount        ledger.Amount
	On            time.Time // a banking day
	Town, Country string    // both or none
	Party
	Remittance
}

// Party is the other side. Its name and account are personal data, and it shows itself masked.
type Party struct {
	Name string // at most 70 characters; [bank.Latin] makes it fit
	IBAN bank.IBAN
	BIC  string // may be empty
}

// Remittance is what the other side reads: a text, or a reference of theirs or ours by ISO 11649. Both may be empty.
type Remittance struct {
	Text      string // at most 140
	Reference string // RF and digits or letters; spaces do not matter
}

// String returns what may be shown.
func (p Party) String() string { return p.IBAN.String() }

// GoString keeps the name out of %#v.
func (p Party) GoString() string { return p.String() }

// LogValue keeps the name out of logs.
func (p Party) LogValue() slog.Value { return slog.StringValue(p.String()) }

// EndToEndID returns a name of ours as banks take it: "dep_01jb" is DEP01JB. Compare what comes back with the same of
// the names that are known: it is not read backwards.
func EndToEndID(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "_", "")) }

func refuse(field, remedy, detail string, args ...any) error {
	return ledger.Invalid(field, remedy, detail, args...)
}

// checkID refuses an identifier that a bank would: EPC rules, beyond the schema.
func checkID(field, id string) error {
	switch {
	case id == "" || len(id) > 35:
		return refuse(field, "Shorten it.", "The %s must have 1 to 35 characters.", field)
	case !bank.IsLatin(id) || strings.Contains(id, " ") && field != "mandate":
		return refuse(field, "Use letters, digits and - only.", "The %s has characters that banks do not take.", field)
	case id[0] == '/' || id[len(id)-1] == '/' || strings.Contains(id, "//"):
		return refuse(field, "Take the slashes out.", "The %s begins or ends with a slash, or has two.", field)
	}
	return nil
}

// checkText refuses a text that a bank would cut or change.
func checkText(field, text string, max int) error {
	switch {
	case text == "" || strings.TrimSpace(text) != text:
		return refuse(field, "Fill it in, with no spaces around it.", "The %s is missing or has spaces around it.", field)
	case len(text) > max:
		return refuse(field, "Shorten it.", "The %s has more than %d characters.", field, max)
	case !bank.IsLatin(text):
		return refuse(field, "Write it in plain Latin letters.", "The %s has characters that banks do not take.", field)
	}
	return nil
}

// checkAccount refuses an account that is not one of SEPA, and a BIC without its form.
func checkAccount(account bank.IBAN, bic string) error {
	if parsed, err := bank.ParseIBAN(string(account)); err != nil {
		return err
	} else if parsed != account || !account.SEPA() {
		return refuse("iban", "Use an account in a country of SEPA.", "The account is in no country of SEPA.")
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if bic != "" && (len(bic) != 8 && len(bic) != 11 || strings.Trim(bic[:6], letters) != "" ||
		strings.Trim(bic[6:], letters+"0123456789") != "") {
		return refuse("bic", "Leave it out.", "This is not a BIC.")
	}
	return nil
}

func checkAddress(town, country string) error {
	if town == "" && country == "" {
		return nil
	}
	if len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return refuse("country", "Write its two letters.", "An address has a town and a country, or is left out.")
	}
	return checkText("town", town, 35)
}

// maxCents is the greatest amount of one order in SEPA: 999 999 999.99.
const maxCents = 99_999_999_999

func checkAmount(a ledger.Amount) error {
	n, err := bank.Cents(a, "EUR")
	if err == nil && n > maxCents {
		err = refuse("amount", "Split it.", "One order moves at most 999999999.99 EUR.")
	}
	return err
}

func (p Party) check() error {
	if err := checkText("name", p.Name, 70); err != nil {
		return err
	}
	return checkAccount(p.IBAN, p.BIC)
}

func (r Remittance) check() error {
	if r.Text != "" && r.Reference != "" {
		return refuse("remittance", "Leave one of them out.", "A transfer has a text or a reference, not both.")
	}
	if r.Text != "" {
		return checkText("text", r.Text, 140)
	}
	if r.Reference != "" && !bank.IsReference(r.Reference) {
		return refuse("reference", "Compare it with the bill.", "The check digits of the reference do not match.")
	}
	return nil
}

func (s Sender) check(debits bool) error {
	if err := checkText("sender", s.Name, 70); err != nil {
		return err
	}
	if err := checkAccount(s.IBAN, s.BIC); err != nil {
		return err
	}
	if debits {
		if err := bank.CheckCreditorID(s.CreditorID); err != nil {
			return err
		}
	}
	return checkAddress(s.Town, s.Country)
}

func (d Debit) check() error {
	if err := checkID("end_to_end_id", d.EndToEndID); err != nil {
		return err
	}
	if err := checkID("mandate", d.Mandate); err != nil {
		return err
	}
	switch {
	case d.Sequence != Recurring && d.Sequence != OneOff && d.Sequence != Final:
		return refuse("sequence", "Use RCUR, OOFF or FNAL.", "The sequence of the debit is none.")
	case !IsBankingDay(d.Due):
		return refuse("due", "Take the next banking day.", "The due date is no banking day.")
	case d.Signed.IsZero() || d.Signed.Format(time.DateOnly) > d.Due.Format(time.DateOnly):
		return refuse("signed", "Take the date of the mandate.", "The mandate was signed after the due date.")
	}
	return checkRest(d.Amount, d.Party, d.Remittance)
}

func (t Transfer) check() error {
	if err := checkID("end_to_end_id", t.EndToEndID); err != nil {
		return err
	}
	if !IsBankingDay(t.On) {
		return refuse("on", "Take the next banking day.", "The date of the transfer is no banking day.")
	}
	if err := checkAddress(t.Town, t.Country); err != nil {
		return err
	}
	return checkRest(t.Amount, t.Party, t.Remittance)
}

func checkRest(a ledger.Amount, p Party, r Remittance) error {
	if err := checkAmount(a); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	return r.check()
}
