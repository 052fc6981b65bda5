package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// maxImport bounds a catalogue that is read, in bytes, and maxImportRows in rows.
	maxImport, maxImportRows = 1 << 20, 1000
	// markLetters is the length of a mark: it tells changes apart, and is no secret.
	markLetters = 12
)

// catalogueRow is a line of a catalogue in CSV: the fields that it has, by the names of [view.CatalogueColumns].
type catalogueRow struct {
	line   int
	fields map[string]string
}

// refuse says what is wrong with the line.
func (c catalogueRow) refuse(column, remedy, format string, args ...any) error {
	return ledger.Invalid(column, remedy, "Line %d: %s", c.line, fmt.Sprintf(format, args...))
}

// readCatalogue reads a catalogue in CSV. It refuses with ErrInvalid.
func readCatalogue(file []byte) (all []catalogueRow, err error) {
	if len(file) > maxImport {
		return nil, ledger.Invalid("file", "Divide it.", "The file is longer than %d bytes.", maxImport)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
	titles, err := r.Read()
	if err != nil {
		return nil, ledger.Invalid("file", "Begin with what shop export prints.", "The line of titles cannot be read.")
	}
	for i, title := range titles {
		titles[i] = strings.ToLower(strings.TrimSpace(title))
		if !slices.Contains(view.CatalogueColumns, titles[i]) {
			return nil, ledger.Invalid("file", "The columns are "+strings.Join(view.CatalogueColumns, ", ")+".",
				"There is no column %q.", ledger.CleanLine(title, 40))
		}
	}
	if len(titles) != len(slices.Compact(slices.Sorted(slices.Values(titles)))) {
		return nil, ledger.Invalid("file", "Name each column once.", "A column is there twice.")
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, ledger.Invalid("file", "Write it as CSV (RFC 4180).", "Line %d cannot be read.", len(all)+2)
		}
		if len(all) == maxImportRows {
			return nil, ledger.Invalid("file", "Divide it.", "The file has more than %d offers.", maxImportRows)
		}
		row := catalogueRow{line, map[string]string{}}
		for i, cell := range cells {
			row.fields[titles[i]] = asWritten(cell)
		}
		all = append(all, row)
	}
	if len(all) == 0 {
		return nil, ledger.Invalid("file", "Begin with what shop export prints.", "The file has no offer.")
	}
	return all, nil
}

// asWritten takes away the apostrophe by which a list tells a spreadsheet that a text is no formula.
func asWritten(cell string) string {
	if rest, marked := strings.CutPrefix(cell, "'"); marked && rest != "" && strings.ContainsAny(rest[:1], "=+-@|%'") {
		return rest
	}
	return strings.TrimSpace(cell)
}

// offerStep is a change of the catalogue: a new offer, or the next version of one.
type offerStep struct {
	row  catalogueRow
	old  ledger.Offer // without a number: a new one
	next ledger.Offer
}

// catalogueDiff compares a catalogue with the offers of the vendor. What a file does not name stays.
func (v *Seller) catalogueDiff(r books.Reader, rows []catalogueRow) (d view.ImportDiff, steps []offerStep, err error) {
	hash := sha256.New()
	seen := map[ledger.OfferID]bool{}
	for _, row := range rows {
		step, err := v.offerStep(r, row)
		if err != nil {
			return d, nil, err
		}
		if id := step.old.ID; id.Number != 0 {
			if seen[id] {
				return d, nil, row.refuse("id", "Name each offer once.", "the offer is there twice.")
			}
			seen[id] = true
		}
		lines := step.lines(v.s.seal.Offer)
		if len(lines) == 0 {
			continue
		}
		if step.old.ID.Number == 0 {
			d.Added++
		} else {
			d.Changed++
		}
		fmt.Fprintf(hash, "%d %d %d\n", v.ID, step.old.ID.Number, step.old.Version)
		for _, l := range lines {
			fmt.Fprintf(hash, "%q %q %q %q\n", l.Title, l.Field, l.Old, l.New)
		}
		d.Rows, steps = append(d.Rows, lines...), append(steps, step)
	}
	if len(steps) > 0 {
		d.Mark = hex.EncodeToString(hash.Sum(nil))[:markLetters]
	}
	return d, steps, nil
}

// offerStep reads what a line asks for.
func (v *Seller) offerStep(r books.Reader, row catalogueRow) (step offerStep, err error) {
	step.row = row
	if name := row.fields["id"]; name != "" {
		id, err := v.s.seal.OpenOffer(name)
		if err != nil {
			return step, row.noOffer(name)
		}
		step.old, err = v.offer(r, id)
		if errors.Is(err, ledger.ErrNotFound) {
			err = row.noOffer(name)
		}
		if err != nil {
			return step, err
		}
	}
	step.next = step.old
	if step.old.ID.Number == 0 {
		step.next = ledger.Offer{Kind: ledger.Content, Status: ledger.OfferActive}
	}
	for _, column := range view.CatalogueColumns {
		set, text := offerColumns[column], row.fields[column]
		if _, given := row.fields[column]; !given || set == nil || text == "" && !slices.Contains(canBeEmpty, column) {
			continue
		}
		if err := set(&step.next, text); err != nil {
			return step, row.refuse(column, "See the columns with: help shop import", "%s is %q.", column,
				ledger.CleanLine(text, 40))
		}
	}
	return step, row.price(&step.next)
}

// noOffer says that the vendor has no offer of this name.
func (c catalogueRow) noOffer(name string) error {
	return c.refuse("id", "Copy it from shop export, or leave it empty for a new offer.", "there is no offer %q.",
		ledger.CleanLine(name, 40))
}

// canBeEmpty are the columns in which nothing means nothing: another one that is empty leaves the field as it is.
var canBeEmpty = []string{"description", "views", "hours", "days"}

// offerColumns put the text of a column into an offer. The price is read with its currency.
var offerColumns = map[string]func(*ledger.Offer, string) error{
	"title":       func(o *ledger.Offer, text string) error { o.Title = text; return nil },
	"description": func(o *ledger.Offer, text string) error { o.Description = text; return nil },
	"content_url": func(o *ledger.Offer, text string) error { o.ContentURL = text; return nil },
	"views":       func(o *ledger.Offer, text string) error { return count(&o.Bounds.Views, text) },
	"hours":       func(o *ledger.Offer, text string) error { return count(&o.Bounds.Hours, text) },
	"days":        func(o *ledger.Offer, text string) error { return count(&o.Bounds.Days, text) },
	"expires_at": func(o *ledger.Offer, text string) error {
		at, err := time.Parse(time.RFC3339, text)
		o.Bounds.Expires = at.UTC().Truncate(time.Microsecond)
		return err
	},
	"status": func(o *ledger.Offer, text string) error {
		o.Status = ledger.OfferStatus(strings.ToLower(text))
		if o.Status != ledger.OfferActive && o.Status != ledger.OfferRetired {
			return errors.New("no status")
		}
		return nil
	},
}

// count reads a number; nothing is 0.
func count(to *uint32, text string) error {
	n, err := strconv.ParseUint("0"+text, 10, 32)
	*to = uint32(n)
	return err
}

// price reads the price of a line into an offer.
func (c catalogueRow) price(o *ledger.Offer) error {
	text, code := c.fields["price"], ledger.Currency(strings.ToUpper(c.fields["currency"]))
	if code == "" {
		code = o.Price.Currency
	}
	if text == "" {
		if code != o.Price.Currency {
			return c.refuse("price", "Give the price in it.", "the currency is another one, and the price is missing.")
		}
		return nil
	}
	amount, err := ledger.ReadAmount(text, code)
	if err != nil {
		return c.refuse("price", "Write it as 0.40, with the currency in its own column.", "the price is %q.",
			ledger.CleanLine(text, 40))
	}
	o.Price = amount
	return nil
}

// lines are the fields that a step changes, none if it changes nothing.
func (s offerStep) lines(name func(ledger.OfferID) string) (all []view.ImportLine) {
	was, is := offerCells(s.old), offerCells(s.next)
	title := ledger.CleanLine(s.next.Title, 120)
	for _, column := range view.CatalogueColumns {
		if was[column] == is[column] {
			continue
		}
		l := view.ImportLine{Line: s.row.line, Title: title, Field: column, Old: was[column], New: is[column]}
		if s.old.ID.Number != 0 {
			l.Offer = name(s.old.ID)
		}
		all = append(all, l)
	}
	return all
}

// offerCells are the fields of an offer as a catalogue has them.
func offerCells(o ledger.Offer) map[string]string {
	cells := map[string]string{
		"title": o.Title, "description": o.Description, "content_url": o.ContentURL, "status": string(o.Status),
		"price": "", "currency": string(o.Price.Currency),
		"views": number(o.Bounds.Views), "hours": number(o.Bounds.Hours), "days": number(o.Bounds.Days), "expires_at": "",
	}
	if o.Price.Currency != "" {
		cells["price"] = o.Price.Number()
	}
	if !o.Bounds.Expires.IsZero() {
		cells["expires_at"] = o.Bounds.Expires.UTC().Format(time.RFC3339)
	}
	return cells
}

func number(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

// importAll posts the steps, each by the rules of an offer that is posted alone.
func (v *Seller) importAll(tx books.Tx, steps []offerStep, at time.Time) error {
	for _, step := range steps {
		var err error
		if step.old.ID.Number == 0 {
			_, err = v.addOffer(tx, step.next, at)
		} else {
			_, err = v.nextOffer(tx, step.old.ID, func(o *ledger.Offer) { *o = step.next }, at)
		}
		if no, is := errors.AsType[*ledger.Refusal](err); is {
			told := *no
			told.Detail = fmt.Sprintf("Line %d: %s", step.row.line, no.Detail)
			return &told
		}
		if err != nil {
			return err
		}
	}
	return nil
}
