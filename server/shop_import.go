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
	"unicode/utf8"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// maxImport bounds a catalogue that is read, in bytes, and maxImportRows in rows: the books take no other change
	// while it is applied.
	maxImport, maxImportRows = 1 << 20, 200
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
	if line := notUTF8(file); line != 0 {
		return nil, ledger.Invalid("file", "Save it as CSV UTF-8.",
			"Line %d is not UTF-8, so its letters would be lost.", line)
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
		if wrong, is := errors.AsType[*csv.ParseError](err); is {
			return nil, ledger.Invalid("file", "Write it as CSV (RFC 4180).", "Line %d cannot be read.", wrong.Line)
		}
		line, _ := r.FieldPos(0)
		if len(all) == maxImportRows {
			return nil, ledger.Invalid("file", "Divide it.", "The file has more than %d offers.", maxImportRows)
		}
		row := catalogueRow{line, map[string]string{}}
		for i, cell := range cells {
			row.fields[titles[i]] = view.ReadCell(strings.TrimSpace(cell))
		}
		all = append(all, row)
	}
	if len(all) == 0 {
		return nil, ledger.Invalid("file", "Begin with what shop export prints.", "The file has no offer.")
	}
	return all, nil
}

// notUTF8 is the first line that has bytes of another encoding, 0 if there is none.
func notUTF8(file []byte) (line int) {
	for text := range bytes.Lines(file) {
		if line++; !utf8.Valid(text) {
			return line
		}
	}
	return 0
}

// offerStep is a change of the catalogue: a new offer, or the next version of one.
type offerStep struct {
	row  catalogueRow
	old  ledger.Offer // without a number: a new one
	next ledger.Offer // as it will be sold: checked and cleaned
}

// catalogueDiff compares a catalogue with the offers of the vendor. What a file does not name stays. Its lines and its
// mark tell what will be sold, by the same checks as an offer that is posted alone, and it writes nothing.
func (v *Seller) catalogueDiff(
	r books.Reader, rows []catalogueRow, at time.Time,
) (d view.ImportDiff, steps []offerStep, err error) {
	me, p, err := v.standing(r)
	if err != nil {
		return d, nil, err
	}
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
		if len(v.stepLines(step)) == 0 {
			continue // what does not change is not checked: it may be what could not be sold any more
		}
		if step.next, err = v.checkedStep(r, me, p, step, at); err != nil {
			return d, nil, row.told(err)
		}
		lines := v.stepLines(step)
		if len(lines) == 0 {
			continue
		}
		if step.old.ID.Number == 0 {
			d.Added++
		} else {
			d.Changed++
		}
		fmt.Fprintf(hash, "%d %d %d %d\n", v.ID, step.old.ID.Number, step.old.Version, step.next.Plan)
		for _, l := range lines {
			fmt.Fprintf(hash, "%q %q %q %q\n", l.Title, l.Field, l.Old, l.New)
		}
		d.Rows, steps = append(d.Rows, lines...), append(steps, step)
	}
	if d.Added > 0 { // new offers have no version: what was posted since ends the mark
		fmt.Fprintf(hash, "after %d\n", me.Offers)
	}
	if len(steps) > 0 {
		d.Mark = hex.EncodeToString(hash.Sum(nil))[:markLetters]
	}
	return d, steps, nil
}

// checkedStep is the offer that a step makes, as it can be sold from now on.
func (v *Seller) checkedStep(
	r books.Reader, me ledger.Vendor, p ledger.Policy, step offerStep, at time.Time,
) (ledger.Offer, error) {
	if err := ledger.CheckUncut(step.next); err != nil {
		return step.next, err
	}
	if step.old.ID.Number == 0 {
		return v.sellable(r, me, p, byDefault(me, step.next), at)
	}
	if err := ledger.CheckRepriced(step.old, step.next); err != nil {
		return step.next, err
	}
	return v.sellable(r, me, p, step.next, at)
}

// told is a refusal that names the line.
func (c catalogueRow) told(err error) error {
	no, is := errors.AsType[*ledger.Refusal](err)
	if !is {
		return err
	}
	told := *no
	told.Detail = fmt.Sprintf("Line %d: %s", c.line, no.Detail)
	return &told
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
	was := v.offerCells(step.old)
	for _, column := range view.CatalogueColumns {
		set, text := offerColumns[column], row.fields[column]
		if text == was[column] {
			continue // to the letter what shop export prints: the field stays, also what the cell does not tell of it
		}
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

// stepLines are the fields that a step changes, none if it changes nothing.
func (v *Seller) stepLines(s offerStep) (all []view.ImportLine) {
	was, is, offer := v.offerCells(s.old), v.offerCells(s.next), ""
	if s.old.ID.Number != 0 {
		offer = v.s.seal.Offer(s.old.ID)
	}
	for _, column := range view.CatalogueColumns {
		if column != "id" && was[column] != is[column] {
			all = append(all, view.ImportLine{
				Line: s.row.line, Offer: offer, Title: is["title"], Field: column, Old: was[column], New: is[column],
			})
		}
	}
	return all
}

// offerCells are the fields of an offer by the names of their columns, as shop export tells them; of no offer none.
func (v *Seller) offerCells(o ledger.Offer) map[string]string {
	cells := map[string]string{}
	if o.Status == "" {
		return cells
	}
	for i, text := range v.offerView(o).Texts() {
		cells[view.CatalogueColumns[i]] = text
	}
	return cells
}

// importAll posts the steps, which were checked in the same transaction.
func (v *Seller) importAll(tx books.Tx, steps []offerStep) error {
	me, err := v.record(tx.Reader)
	if err != nil {
		return err
	}
	in, err := tx.Generation()
	if err != nil {
		return err
	}
	had := me.Offers
	for _, step := range steps {
		o := step.next
		if o.ID, o.Version = step.old.ID, step.old.Version+1; o.ID.Number == 0 {
			me.Offers++
			o.ID = ledger.OfferID{Vendor: v.ID, Number: in.Owned(me.Offers)}
		}
		if len(o.Royalties) > 0 {
			if o.Royalties, err = payeesOf(tx, v.ID, o.Royalties); err != nil {
				return err
			}
		}
		if err := v.post(tx, o); err != nil {
			return err
		}
	}
	if me.Offers == had {
		return nil
	}
	return tx.PutVendor(me)
}
