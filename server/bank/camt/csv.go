package camt

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tuppence/server/bank"
	"tuppence/server/ledger"

	"golang.org/x/text/encoding/charmap"
)

// Profile is how one kind of bank writes its statements in CSV: the names of the columns, and the form of their values.
// A column without a name is not there.
type Profile struct {
	Name      string
	Separator rune
	Dates     string // layout of [time.Parse]
	Comma     bool   // decimals stand behind a comma, thousands may have points; else behind a point

	Own, Date, Amount, Currency string // Own: our account; the amount has a sign
	Texts                       []string
	EndToEndID, Mandate, Batch  string
	OtherName, OtherAccount     string
	Kind                        string   // what kind of booking it is, in words
	Back                        []string // parts of those words that mean: an earlier movement was taken back
	Status, Booked              string   // the column, and its value for what is booked
}

// Generic is the plain form for banks that have none of their own, and for what a person types.
var Generic = Profile{
	Name: "generic", Separator: ',', Dates: time.DateOnly,
	Date: "date", Amount: "amount", Currency: "currency", Texts: []string{"reference"},
	OtherName: "name", OtherAccount: "account",
}

// CSVCAMT is the form CSV-CAMT of the German savings banks.
var CSVCAMT = Profile{
	Name: "csv-camt", Separator: ';', Dates: "02.01.06", Comma: true,
	Own: "Auftragskonto", Date: "Buchungstag", Amount: "Betrag", Currency: "Waehrung", Texts: []string{"Verwendungszweck"},
	EndToEndID: "Kundenreferenz (End-to-End)", Mandate: "Mandatsreferenz", Batch: "Sammlerreferenz",
	OtherName: "Beguenstigter/Zahlungspflichtiger", OtherAccount: "Kontonummer/IBAN",
	Kind: "Buchungstext", Back: []string{"RUECK", "RÜCK", "RETOURE", "STORNO"},
	Status: "Info", Booked: "Umsatz gebucht",
}

// ReadCSV returns the statement of a file: the whole file, or none of it. There are no balances to hold it against, and
// no references of the bank: movements that are alike in all columns are told apart by their order.
func ReadCSV(data []byte, p Profile, o Options) (Statement, error) {
	rows, err := p.rows(data)
	if err != nil {
		return Statement{}, err
	}
	at, err := p.columns(rows[0])
	if err != nil {
		return Statement{}, err
	}
	s, seen := Statement{Kind: CSV, ID: p.Name}, newFile()
	for i, row := range rows[1:] {
		get := func(column string) string {
			if column == "" {
				return ""
			}
			return strings.TrimSpace(row[at[column]])
		}
		line, err := p.line(get, o, &s)
		if err != nil {
			return Statement{}, inRow(i+2, err)
		}
		line.Key = seen.key(s.Account, line, 0)
		if p.Status != "" && get(p.Status) != p.Booked {
			s.Pending = append(s.Pending, line)
			continue
		}
		s.Lines = append(s.Lines, line)
	}
	return s, nil
}

// inRow says in which row a refusal was. What it wraps has no value of the row in its words.
func inRow(n int, err error) error {
	var r *ledger.Refusal
	if errors.As(err, &r) {
		return ledger.Invalid("file", r.Remedy, "Row %d: %s", n, r.Detail)
	}
	return ledger.Invalid("file", "Look at this row.", "Row %d cannot be read.", n)
}

// rows cuts a file into rows, the first one with the names of the columns. Without valid UTF-8 it is Windows-1252.
func (p Profile) rows(data []byte) ([][]string, error) {
	if err := bank.Bounded(data); err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var in io.Reader = bytes.NewReader(data)
	if !utf8.Valid(data) {
		in = charmap.Windows1252.NewDecoder().Reader(in)
	}
	r := csv.NewReader(in)
	r.Comma = p.Separator
	rows, err := r.ReadAll()
	var fault *csv.ParseError
	switch {
	case errors.As(err, &fault):
		return nil, ledger.Invalid("file", "Take the file as the bank gives it.", "Line %d: this is no CSV.", fault.Line)
	case err != nil || len(rows) == 0:
		return nil, ledger.Invalid("file", "Take the file as the bank gives it.", "The file is no CSV.")
	}
	return rows, nil
}

// columns returns where each column is. One that is missing, or there twice, means another form of file.
func (p Profile) columns(header []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := at[name]; twice {
			return nil, broken("A column is there twice.")
		}
		at[name] = i
	}
	for _, name := range slices.Concat(p.Texts, []string{
		p.Own, p.Date, p.Amount, p.Currency, p.EndToEndID, p.Mandate, p.Batch, p.OtherName, p.OtherAccount, p.Kind, p.Status,
	}) {
		if _, here := at[name]; name != "" && !here {
			return nil, ledger.Invalid("file", "Choose another profile.", "The file has no column %s.", name)
		}
	}
	return at, nil
}

// line reads one row.
func (p Profile) line(get func(string) string, o Options, s *Statement) (l Line, err error) {
	if p.Own != "" {
		account, err := o.own(get(p.Own))
		if err != nil {
			return l, err
		}
		if s.Account != "" && s.Account != account {
			return l, broken("It is about another account than the rows before.")
		}
		s.Account = account
	}
	if l.Date, err = time.Parse(p.Dates, get(p.Date)); err != nil {
		return l, broken("The date is none.")
	}
	currency, err := ledger.ParseCurrency(get(p.Currency))
	if err != nil {
		return l, broken("The currency is none.")
	}
	number, negative := strings.CutPrefix(get(p.Amount), "-")
	if l.Amount, err = ledger.ParseAmount(p.number(number), currency); err != nil {
		return l, broken("The amount is none.")
	}
	if l.Amount.Micros == 0 {
		return l, broken("The amount is zero.")
	}
	l.Credit = !negative
	l.EndToEndID, l.Mandate, l.Batch = id(get(p.EndToEndID)), id(get(p.Mandate)), id(get(p.Batch))
	for _, column := range p.Texts {
		l.Texts = append(l.Texts, texts(get(column))...)
	}
	l.Reversal = slices.ContainsFunc(p.Back, func(word string) bool {
		return strings.Contains(strings.ToUpper(get(p.Kind)), word)
	})
	if o.Names {
		l.Name, l.Account = ledger.CleanLine(get(p.OtherName), 140), ledger.CleanID(get(p.OtherAccount), 70)
	}
	return l, nil
}

// number returns an amount as it is read everywhere else: 1.234,56 becomes 1234.56. A point that does not stand before
// three digits is left, and refused.
func (p Profile) number(s string) string {
	if !p.Comma {
		return s
	}
	whole, fraction, decimals := strings.Cut(s, ",")
	groups := strings.Split(whole, ".")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || len(groups) > 1 && i == 0 && (len(g) == 0 || len(g) > 3) {
			return "" // no amount
		}
	}
	if whole = strings.Join(groups, ""); decimals {
		return whole + "." + fraction
	}
	return whole
}
