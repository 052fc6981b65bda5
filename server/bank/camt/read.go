package camt

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"tuppence/server/bank"
	"tuppence/server/ledger"
)

// Read returns the statements of a camt.052, camt.053 or camt.054 of any version from 02 to 08. A file of which
// anything is about another account, or whose balances do not add up, is refused as a whole with ErrInvalid.
func Read(file []byte, o Options) ([]Statement, error) {
	if err := bounded(file); err != nil {
		return nil, err
	}
	var m message
	if err := bank.ReadXML(file, &m, "BkToCstmrAcctRpt", "BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"); err != nil {
		return nil, err
	}
	var all []Statement
	seen := newFile()
	for _, part := range []struct {
		kind  Kind
		found []statementXML
	}{{Interim, m.Reports}, {Final, m.Statements}, {Notification, m.Notifications}} {
		for _, in := range part.found {
			s, err := in.read(part.kind, o, seen)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil, ledger.Invalid("file", "Ask the bank for it again.", "The file is about no account.")
	}
	return all, nil
}

// maxWords bounds how often the names of what is kept may be in a file. A booking has up to ten of them, so this is
// more than a file of 16 MiB can need; empty elements would fill the memory otherwise.
const maxWords = 200_000

func bounded(file []byte) error {
	n := 0
	for _, word := range []string{"Ntry", "TxDtls", "Stmt", "Rpt", "Ntfctn", "Bal"} {
		n += bytes.Count(file, []byte(word))
	}
	if n > maxWords {
		return ledger.Invalid("file", "Ask the bank for smaller files.", "The file has too many bookings.")
	}
	return nil
}

// read reads what is about one account.
func (in statementXML) read(kind Kind, o Options, seen *file) (Statement, error) {
	account, err := o.own(in.IBAN)
	if err != nil {
		return Statement{}, err
	}
	r := reader{
		Statement: Statement{Kind: kind, ID: ledger.CleanID(in.ID, 35), Account: account},
		options:   o, seen: seen,
	}
	for _, e := range in.Entries {
		if err := r.entry(e); err != nil {
			return Statement{}, err
		}
	}
	return r.Statement, in.checkBalance(kind, r.booked, r.currency)
}

// reader is a statement while it is read.
type reader struct {
	Statement
	options  Options
	seen     *file
	booked   int64 // micros, what came less what went
	currency ledger.Currency
}

func broken(detail string) error {
	return ledger.Invalid("file", "Ask the bank for the file again.", "%s", detail)
}

// amount reads an amount and its direction.
func (a amountXML) read(direction string) (ledger.Amount, bool, error) {
	currency, err := ledger.ParseCurrency(a.Currency)
	if err != nil {
		return ledger.Amount{}, false, broken("An amount has no currency.")
	}
	amount, err := ledger.ParseAmount(strings.TrimSpace(a.Value), currency)
	if direction = strings.TrimSpace(direction); err != nil || direction != "CRDT" && direction != "DBIT" {
		return ledger.Amount{}, false, broken("An amount or its direction cannot be read.")
	}
	return amount, direction == "CRDT", nil
}

// entry reads one booking. An amount that cannot be read refuses the file: nothing could be said about its balance.
func (r *reader) entry(e entryXML) error {
	amount, credit, err := e.Amount.read(e.Direction)
	if err != nil {
		return err
	}
	if r.currency == "" {
		r.currency = amount.Currency
	}
	if amount.Currency != r.currency {
		return broken("The bookings of an account have more than one currency.")
	}
	unread := Unread{ledger.CleanLine(e.Date.Day+e.Date.Time, 35), amount, credit, id(e.Ref), ""}
	lines, why := r.lines(e, amount, credit)
	if strings.TrimSpace(e.Status.Text+e.Status.Code) != "BOOK" {
		r.Pending = append(r.Pending, lines...)
		return nil
	}
	if r.booked += signed(amount, credit); r.booked > ledger.MaxMicros || r.booked < -ledger.MaxMicros {
		return broken("The bookings are out of bounds.")
	}
	if r.seen.repeated(lines) {
		why = "the bank's reference is there twice"
	}
	if why != "" {
		unread.Why = why
		r.Unread = append(r.Unread, unread)
		return nil
	}
	r.Lines = append(r.Lines, lines...)
	return nil
}

// lines returns the movements of a booking, or says why they cannot be told.
func (r *reader) lines(e entryXML, amount ledger.Amount, credit bool) (lines []Line, why string) {
	date, err := e.Date.read()
	switch {
	case err != nil:
		return nil, "the date cannot be read"
	case amount.Micros == 0:
		return nil, "it moves nothing"
	}
	whole := Line{
		Date: date, Amount: amount, Credit: credit, BankRef: id(e.Ref), Reversal: truth(e.Reversal), Texts: texts(e.Info),
	}
	for _, d := range e.Details {
		if d.Batch.ID != "" && whole.Batch == "" {
			whole.Batch = id(d.Batch.ID)
			whole.Count, _ = strconv.Atoi(strings.TrimSpace(d.Batch.Count))
		}
		for _, m := range d.Movements {
			line, why := r.movement(whole, m)
			if why != "" {
				return nil, why
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		lines = []Line{whole}
	}
	if why := addUp(lines, whole); why != "" {
		return nil, why
	}
	for i := range lines {
		lines[i].Key = r.seen.key(r.Account, lines[i], i)
	}
	return lines, ""
}

// addUp gives a single movement without an amount that of its booking, and says whether all add up to it. A booking in
// which one amount is missing does not.
func addUp(lines []Line, whole Line) (why string) {
	if len(lines) == 1 && lines[0].Amount.Micros == 0 {
		lines[0].Amount, lines[0].Credit = whole.Amount, whole.Credit
	}
	var sum int64
	for _, l := range lines {
		if l.Amount.Micros <= 0 {
			return "the details lack an amount"
		}
		if l.Amount.Currency != whole.Amount.Currency {
			return "the details are in another currency"
		}
		if sum += signed(l.Amount, l.Credit); sum > ledger.MaxMicros || sum < -ledger.MaxMicros {
			return "the details are out of bounds"
		}
	}
	if sum != signed(whole.Amount, whole.Credit) {
		return "the details do not add up to the booking"
	}
	return ""
}

// movement reads one movement of a booking. Its amount is zero if it has none.
func (r *reader) movement(l Line, m movementXML) (Line, string) {
	l.Count = 0
	given, direction := m.Amount, m.Direction
	if strings.TrimSpace(given.Value) == "" {
		given = m.Was
	}
	l.Amount = ledger.Amount{Currency: l.Amount.Currency}
	if strings.TrimSpace(given.Value) != "" {
		if direction == "" {
			direction = map[bool]string{true: "CRDT", false: "DBIT"}[l.Credit]
		}
		var err error
		if l.Amount, l.Credit, err = given.read(direction); err != nil {
			return l, "an amount of the details cannot be read"
		}
	}
	l.EndToEndID, l.Mandate, l.Reason = id(m.EndToEndID), id(m.Mandate), id(m.Reason+m.OwnReason)
	if m.Batch != "" {
		l.Batch = id(m.Batch)
	}
	if ref := id(m.Ref); l.BankRef == "" {
		l.BankRef = ref
	}
	l.Texts = texts(append(append(append([]string{}, m.Structured...), m.Text...), append(l.Texts, m.Info)...)...)
	if r.options.Names {
		l.Name, l.Account = ledger.CleanLine(m.Debtor.Name+m.Debtor.Deep, 140), id(m.DebtorAt)
		if !l.Credit {
			l.Name, l.Account = ledger.CleanLine(m.Creditor.Name+m.Creditor.Deep, 140), id(m.CreditorAt)
		}
	}
	return l, ""
}

// read returns the date of a day, or of a time without regard to its zone: it is the bank's date.
func (d dateXML) read() (time.Time, error) {
	day := strings.TrimSpace(d.Day)
	if day == "" {
		day = strings.TrimSpace(d.Time)
	}
	return time.Parse(time.DateOnly, day[:min(len(day), len(time.DateOnly))])
}

// truth reads a boolean of XML.
func truth(s string) bool { s = strings.TrimSpace(s); return s == "true" || s == "1" }

// checkBalance refuses a statement that does not add up: opening balance and all that was booked make the closing one.
// A report of a day that is not over need not have balances, and a notification has none.
func (in statementXML) checkBalance(kind Kind, booked int64, currency ledger.Currency) error {
	var opening, closing *balanceXML
	for _, b := range in.Balances {
		switch b.Code = strings.TrimSpace(b.Code); {
		case b.Code == "OPBD" || b.Code == "PRCD" && opening == nil:
			opening = &b
		case b.Code == "CLBD":
			closing = &b
		case b.Code == "ITBD" && opening == nil: // of a page
			opening = &b
		case b.Code == "ITBD" && closing == nil:
			closing = &b
		}
	}
	if opening == nil || closing == nil {
		if kind == Final {
			return broken("The statement has no opening and closing balance.")
		}
		return nil
	}
	before, beforeCredit, err := opening.Amount.read(opening.Direction)
	if err != nil {
		return err
	}
	after, afterCredit, err := closing.Amount.read(closing.Direction)
	if err != nil {
		return err
	}
	if before.Currency != after.Currency || currency != "" && currency != before.Currency {
		return broken("The balances are in another currency than the bookings.")
	}
	if signed(before, beforeCredit)+booked != signed(after, afterCredit) {
		return broken("The opening balance and the bookings do not make the closing balance.")
	}
	return nil
}
