// Package billfile writes and reads the files that are exchanged with billers (claim 39): the profile
// tuppence-biller-1, which is RFC 4180 CSV in UTF-8 without a byte order mark, with CRLF and a line of names. A file is
// read as a whole or not at all. What another biller wants is mapped from it and to it outside of this program.
package billfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tuppence/server/ledger"
)

// Profile stands in the first column of every line.
const Profile = "tuppence-biller-1"

// MaxFile bounds a file, in bytes, and MaxLines its lines: a biller's is taken in one transaction.
const (
	MaxFile  = 1 << 20
	MaxLines = 2000
	maxField = 200
)

var (
	chargeNames = []string{
		"profile", "line", "kind", "reference", "biller_account", "amount", "currency", "date", "text",
	}
	answerNames = []string{"profile", "line", "kind", "reference", "amount", "currency", "date", "reason"}
)

// Charge is a line of a file for a biller.
type Charge struct {
	Reference string // of the deposit
	Account   string // the number at the biller
	Amount    ledger.Amount
	Day       time.Time
	Text      string // for the bill
}

// Kind is what a line of a biller's file says.
type Kind string

// Kinds of lines.
const (
	Accepted Kind = "accepted" // it will be on the bill
	Rejected Kind = "rejected"
	Remitted Kind = "remitted" // paid on to the service
	Reversed Kind = "reversed"
	trailer  Kind = "trailer"
)

// Answer is a line of a biller's file.
type Answer struct {
	Kind      Kind
	Reference string
	Amount    ledger.Amount
	Day       time.Time
	Reason    string
}

// safe keeps a spreadsheet from taking the text of another for a formula. Numbers are never changed.
func safe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// compact is a reference without its blanks.
func compact(reference string) string { return strings.ReplaceAll(reference, " ", "") }

// Write returns the bytes of a file of charges: the same charges always have the same bytes.
func Write(all []Charge) ([]byte, error) {
	lines := [][]string{chargeNames}
	for i, c := range all {
		lines = append(lines, []string{
			Profile, strconv.Itoa(i + 1), "charge", compact(c.Reference), safe(c.Account), c.Amount.Number(),
			string(c.Amount.Currency), c.Day.UTC().Format(time.DateOnly), safe(c.Text),
		})
	}
	return written(lines)
}

// WriteAnswers returns the bytes of a biller's file, with its trailer. Amounts are of one currency.
func WriteAnswers(all []Answer, c ledger.Currency, day time.Time) ([]byte, error) {
	lines, sum := [][]string{answerNames}, ledger.Amount{Currency: c}
	line := func(kind Kind, reference string, a ledger.Amount, day time.Time, reason string) {
		lines = append(lines, []string{
			Profile, strconv.Itoa(len(lines)), string(kind), reference, a.Number(), string(a.Currency),
			day.UTC().Format(time.DateOnly), safe(reason),
		})
	}
	for _, a := range all {
		sum.Micros += a.Amount.Micros
		line(a.Kind, compact(a.Reference), a.Amount, a.Day, a.Reason)
	}
	line(trailer, strconv.Itoa(len(all)), sum, day, "")
	return written(lines)
}

func written(lines [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.WriteAll(lines); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// refuse says what is wrong with a file, and that nothing of it was taken.
func refuse(detail string, args ...any) error {
	return ledger.Invalid("file", "Nothing was taken. Ask the biller for the whole file, as it was written.",
		detail, args...)
}

// reader reads the lines of a file in their order.
type reader struct {
	csv   *csv.Reader
	lines int
}

// open reads the line of names.
func open(file []byte, names []string) (*reader, error) {
	switch {
	case len(file) > MaxFile:
		return nil, refuse("The file is larger than %d MiB.", MaxFile>>20)
	case !utf8.Valid(file) || bytes.HasPrefix(file, []byte("\xef\xbb\xbf")):
		return nil, refuse("The file is not UTF-8, or begins with a byte order mark.")
	case !bytes.HasSuffix(file, []byte("\r\n")) || bytes.Count(file, []byte("\n")) != bytes.Count(file, []byte("\r\n")):
		return nil, refuse("A line of the file does not end with CR LF.")
	}
	r := &reader{csv: csv.NewReader(bytes.NewReader(file))}
	r.csv.FieldsPerRecord = len(names)
	if first, err := r.csv.Read(); err != nil || !slices.Equal(first, names) {
		return nil, refuse("The first line is not: %s.", strings.Join(names, ","))
	}
	return r, nil
}

// next reads a line with its profile and its number; io.EOF at the end.
func (r *reader) next() ([]string, error) {
	row, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, err
	}
	r.lines++
	switch {
	case err != nil:
		return nil, refuse("Line %d has not its %d fields.", r.lines, r.csv.FieldsPerRecord)
	case r.lines > MaxLines+1:
		return nil, refuse("The file has more than %d lines.", MaxLines)
	case row[0] != Profile || row[1] != strconv.Itoa(r.lines):
		return nil, refuse("Line %d does not begin with %s,%d.", r.lines, Profile, r.lines)
	case slices.ContainsFunc(row, func(s string) bool { return len(s) > maxField }):
		return nil, refuse("Line %d has a field of more than %d bytes.", r.lines, maxField)
	}
	return row, nil
}

// amount reads an amount in minor units as it is written, and in no other way: 20.00 EUR is not 20 EUR nor 2e1.
func (r *reader) amount(number, code string) (a ledger.Amount, err error) {
	if a.Currency, err = ledger.ParseCurrency(code); err == nil && string(a.Currency) == code {
		if a, err = ledger.ParseAmount(number, a.Currency); err == nil && a.Number() == number && a.Whole() {
			return a, nil
		}
	}
	return a, refuse("The amount of line %d is not written like 20.00 EUR.", r.lines)
}

func (r *reader) day(text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, refuse("The day of line %d is not written like 2026-12-31.", r.lines)
	}
	return t, nil
}

// Read reads a file of a biller: all of its lines but the trailer, whose count and sum must be right. It refuses with
// ErrInvalid a file that is cut, changed or written in another way, and one that says the same thing twice.
func Read(file []byte) (all []Answer, err error) {
	r, err := open(file, answerNames)
	if err != nil {
		return nil, err
	}
	seen, sum := map[string]bool{}, int64(0)
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil, refuse("The file has no trailer: it is cut off.")
		}
		if err != nil {
			return nil, err
		}
		a := Answer{Kind: Kind(row[2]), Reference: row[3], Reason: strings.TrimPrefix(row[7], "'")}
		a.Reason = ledger.CleanLine(a.Reason, maxField)
		if a.Amount, err = r.amount(row[4], row[5]); err != nil {
			return nil, err
		}
		if a.Day, err = r.day(row[6]); err != nil {
			return nil, err
		}
		switch a.Kind {
		case trailer:
			if err := r.end(a, len(all), sum); err != nil {
				return nil, err
			}
			return all, nil
		case Accepted, Rejected, Remitted, Reversed:
		default:
			return nil, refuse("Line %d is of no known kind.", r.lines)
		}
		same := row[2] + " " + row[3]
		if seen[same] {
			return nil, refuse("Line %d says the same as one before it: %s.", r.lines, ledger.CleanLine(same, 60))
		}
		if len(all) > 0 && all[0].Amount.Currency != a.Amount.Currency {
			return nil, refuse("Line %d is of another currency.", r.lines)
		}
		if a.Amount.Micros <= 0 || a.Amount.Micros > ledger.MaxMicros {
			return nil, refuse("The amount of line %d is out of bounds.", r.lines)
		}
		seen[same], sum, all = true, sum+a.Amount.Micros, append(all, a)
	}
}

// end compares the trailer with the lines before it.
func (r *reader) end(t Answer, lines int, sum int64) error {
	if t.Reference != strconv.Itoa(lines) || t.Amount.Micros != sum {
		return refuse("The trailer tells of %s lines over %s, and there are %d over %s.", ledger.CleanLine(t.Reference, 20),
			t.Amount, lines, ledger.Amount{Micros: sum, Currency: t.Amount.Currency})
	}
	if _, err := r.csv.Read(); !errors.Is(err, io.EOF) {
		return refuse("There is something behind the trailer.")
	}
	return nil
}

// ReadCharges reads a file that [Write] has made, as a biller does.
func ReadCharges(file []byte) (all []Charge, err error) {
	r, err := open(file, chargeNames)
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		c := Charge{Reference: row[3], Account: strings.TrimPrefix(row[4], "'"), Text: strings.TrimPrefix(row[8], "'")}
		if c.Amount, err = r.amount(row[5], row[6]); err != nil {
			return nil, err
		}
		if c.Day, err = r.day(row[7]); err != nil {
			return nil, err
		}
		if row[2] != "charge" {
			return nil, refuse("Line %d is of no known kind.", r.lines)
		}
		all = append(all, c)
	}
}
