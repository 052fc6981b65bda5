package ach

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tuppence/server/bank"
	"tuppence/server/ledger"

	nacha "github.com/moov-io/ach"
)

const recordLength = 94

// ends makes one kind of line ending of all.
var ends = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// record is one line of a file with its number, exactly 94 printable ASCII characters.
type record struct {
	line int
	text string
}

// number returns the digits from column a to column b, counted from 1 as the rules of NACHA count them; -1 if they are
// no digits.
func (r record) number(a, b int) int {
	if strings.Trim(r.text[a-1:b], "0123456789") != "" {
		return -1
	}
	n, _ := strconv.Atoi(r.text[a-1 : b]) // at most 15 digits
	return n
}

// broken is a refusal of a whole file.
func broken(line int, detail string) error {
	return ledger.Invalid("file", "Ask the bank for the file again.", "Line %d: %s", line, detail)
}

// records cuts a file into its records. Padding is left out: lines of nines, and empty ones. What is not ASCII becomes
// a question mark, as many as there are characters, so that the columns stay: it can be a name only.
func records(file []byte) ([]record, error) {
	if err := bank.Bounded(file); err != nil {
		return nil, err
	}
	text := strings.TrimRight(plain(file), "\r\n")
	if !strings.ContainsAny(text, "\r\n") && len(text)%recordLength == 0 {
		text = fold(text)
	}
	var all []record
	for i, line := range strings.Split(ends.Replace(text), "\n") {
		line = strings.TrimRight(line, " ")
		switch {
		case line == "" || line == strings.Repeat("9", recordLength):
			continue
		case len(line) > recordLength:
			return nil, broken(i+1, "The record has more than 94 characters.")
		}
		all = append(all, record{i + 1, line + strings.Repeat(" ", recordLength-len(line))})
	}
	return all, nil
}

// plain returns the bytes of a file as printable ASCII and ends of lines.
func plain(file []byte) string {
	var out strings.Builder
	out.Grow(len(file))
	if utf8.Valid(file) {
		for _, r := range string(file) {
			out.WriteByte(printable(r))
		}
		return out.String()
	}
	for _, b := range file { // one byte a character
		out.WriteByte(printable(rune(b)))
	}
	return out.String()
}

func printable(r rune) byte {
	if r == '\n' || r == '\r' || r >= ' ' && r <= '~' {
		return byte(r)
	}
	return '?'
}

// fold breaks a file of one long line.
func fold(text string) string {
	var out strings.Builder
	for ; text != ""; text = text[recordLength:] {
		out.WriteString(text[:recordLength] + "\n")
	}
	return out.String()
}

// sums are the totals of a batch or a file.
type sums struct{ count, hash, debit, credit int }

func (s *sums) add(t sums) {
	s.count, s.hash, s.debit, s.credit = s.count+t.count, s.hash+t.hash, s.debit+t.debit, s.credit+t.credit
}

// equal compares with a control record. Of the hash only ten digits are written.
func (s sums) equal(control sums) bool {
	s.hash %= 10_000_000_000
	return s == control
}

// batch is a batch of a file: its header, and its entries, each with its addenda.
type batch struct {
	header record
	items  [][]record
	sums   sums
}

// class returns the standard entry class. Changes of international entries call themselves COR and are laid out
// otherwise.
func (b *batch) class() string {
	if strings.TrimSpace(b.header.text[4:20]) == nacha.IATCOR {
		return nacha.IAT
	}
	return b.header.text[50:53]
}

// entry adds an entry to the totals.
func (b *batch) entry(r record) error {
	amount, bankHash := r.number(30, 39), r.number(4, 11)
	if amount < 0 || bankHash < 0 {
		return broken(r.line, "The amount or the bank of an entry is no number.")
	}
	s := sums{count: 1, hash: bankHash}
	switch code := r.number(2, 3); { // the second digit tells credits from debits
	case code < 0:
		return broken(r.line, "The transaction code of an entry is no number.")
	case code%10 >= 5:
		s.debit = amount
	default:
		s.credit = amount
	}
	b.sums.add(s)
	b.items = append(b.items, []record{r})
	return nil
}

// end compares the batch with its control record.
func (b *batch) end(r record) error {
	control := sums{r.number(5, 10), r.number(11, 20), r.number(21, 32), r.number(33, 44)}
	same := func(a, z, from int) bool {
		return strings.TrimSpace(b.header.text[a-1:z]) == strings.TrimSpace(r.text[from-1:from+z-a])
	}
	switch {
	case !b.sums.equal(control):
		return broken(r.line, "The totals of the batch do not match its entries.")
	case b.class() != nacha.IAT && !same(41, 50, 45) || !same(80, 94, 80):
		return broken(r.line, "The batch ends as another one than it began.")
	}
	return nil
}

// batches reads the frame of a file: which record may follow which, and that all totals match. It refuses the whole
// file, because one whose totals are wrong may lack anything.
func batches(all []record) ([]batch, error) {
	if len(all) < 2 || all[0].text[0] != '1' || all[len(all)-1].text[0] != '9' {
		return nil, broken(1, "The file does not begin with its header and end with its control record.")
	}
	var out []batch
	var open *batch
	var total sums
	for _, r := range all[1 : len(all)-1] {
		kind := r.text[0]
		switch {
		case kind == '5' && open == nil:
			open = &batch{header: r}
		case kind == '6' && open != nil:
			if err := open.entry(r); err != nil {
				return nil, err
			}
		case kind == '7' && open != nil && len(open.items) > 0:
			last := len(open.items) - 1
			open.items[last] = append(open.items[last], r)
			open.sums.count++
		case kind == '8' && open != nil:
			if err := open.end(r); err != nil {
				return nil, err
			}
			total.add(open.sums)
			out, open = append(out, *open), nil
		default:
			return nil, broken(r.line, "This record cannot stand here.")
		}
	}
	end := all[len(all)-1]
	if control := (sums{end.number(14, 21), end.number(22, 31), end.number(32, 43), end.number(44, 55)}); open != nil ||
		end.number(2, 7) != len(out) || !total.equal(control) {
		return nil, broken(end.line, "The totals of the file do not match its batches.")
	}
	return out, nil
}
