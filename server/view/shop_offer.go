package view

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// OfferTable is the catalogue of a vendor.
func OfferTable(all []Offer, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Offer", Name: "id", Plain: true},
		{Title: "Price", Name: "price", Right: true},
		{Title: "State", Name: "status", Drop: 1},
		{Title: "Gives", Drop: 3},
		{Title: "Version", Name: "version", Right: true, Drop: 4},
		{Title: "Since", Name: "created", Drop: 5},
		{Title: "Title", Name: "title", Elastic: true, Foreign: true},
	}}
	for _, o := range all {
		t.Rows = append(t.Rows, []Cell{
			{o.ID, Faint},
			{o.Price.String(), Strong},
			o.stateCell(f),
			{o.Gives(f), Plain},
			{digits(uint64(o.Version)), Faint},
			{f.Time(o.Created), Faint},
			{o.Title, Plain},
		})
	}
	t.AlignPoints(1, 0)
	return t
}

// Over tells whether an offer sells nothing any more.
func (o Offer) Over(now time.Time) bool {
	return o.Status != string(ledger.OfferActive) || o.ExpiresAt != nil && !now.Before(o.ExpiresAt.Time)
}

// stateCell is live, or what the offer says of itself.
func (o Offer) stateCell(f Format) Cell {
	if !f.Now.IsZero() && o.ExpiresAt != nil && !f.Now.Before(o.ExpiresAt.Time) {
		return Cell{"ended", Faint}
	}
	return Cell{strings.Replace(o.Status, "active", "live", 1), Plain}
}

// Gives tells what a buyer gets.
func (o Offer) Gives(f Format) string {
	b := Bounds{Views: o.Views, Hours: o.Hours, Days: o.Days}
	if o.ExpiresAt != nil {
		b.Expires = *o.ExpiresAt
	}
	if text := b.Words(f); text != "" {
		return text
	}
	return "always"
}

// Facts are what is known of an offer.
func (o Offer) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "Title", Value: o.Title, Tone: Strong},
		{Label: "Price", Value: o.Price.String(), Whole: true, Tone: Strong},
		{Label: "State", Value: o.stateCell(f).Text},
		{Label: "Gives", Value: o.Gives(f)},
		{Label: "Description", Value: o.Description},
		{Label: "Kind", Value: o.Kind},
		{Label: "Opens", Value: o.ContentURL, Whole: true, Link: true},
		{Label: "Sample", Value: o.SampleURL, Whole: true, Link: true},
		{Label: "Type", Value: o.MIME},
		id("Royalty plan", o.Plan),
	}
	for _, r := range o.Royalties {
		all = append(all, Fact{Label: "Gets", Value: r.Words()})
	}
	return append(all, Fact{Label: "Version", Value: digits(uint64(o.Version)) + ", since " + f.Time(o.Created)},
		id("Offer", o.ID))
}

// Words tells what a payee gets: "anna, author, 12.5 %".
func (r Royalty) Words() string {
	part := ledger.Percent(r.Share)
	if r.Fixed != nil {
		part = r.Fixed.String() + " a piece"
	}
	return r.Payee + ", " + r.Role + ", " + part
}

// ShopOfferOrder posts an offer or its next version; what is nil stays as it is, or as it is usual.
type ShopOfferOrder struct {
	Title, Description, ContentURL *string
	Price                          *ledger.Amount
	Views, Hours, Days             *uint32
	Expires                        *time.Time
	Plan                           *string // the id of a royalty plan, or none
	Status                         *string // active, retired
	Kind                           string  // of a new one
	Key                            string  // idempotency key
}

// Asked is all that is asked for, so that a key is not used for something else.
func (q ShopOfferOrder) Asked() []string {
	words, err := json.Marshal(q)
	if err != nil { // a struct of texts and numbers has a form
		panic(err)
	}
	return []string{string(words)}
}

// CatalogueColumns are the columns of a catalogue in CSV.
var CatalogueColumns = []string{
	"id", "title", "description", "price", "currency", "content_url", "views", "hours", "days", "expires_at", "status",
}

// Texts are the fields of the offer in the columns of a catalogue.
func (o Offer) Texts() []string {
	number := func(n uint32) string { return word(n != 0, digits(uint64(n))) }
	until := ""
	if o.ExpiresAt != nil {
		until = o.ExpiresAt.UTC().Format(time.RFC3339)
	}
	return []string{
		o.ID, ledger.CleanLine(o.Title, len(o.Title)), ledger.CleanText(o.Description, len(o.Description)), // keeps its lines
		o.Price.Number(), string(o.Price.Currency), o.ContentURL, // a URL is printable ASCII
		number(o.Views), number(o.Hours), number(o.Days), until, o.Status,
	}
}

// Cells are the [Offer.Texts] as shop export prints them, and shop import reads them back to the letter.
func (o Offer) Cells() []string { return Map(o.Texts(), WriteCell) }

// ImportDiff is what a catalogue in CSV changes.
type ImportDiff struct {
	Mark    string           `json:"mark"` // of these changes; "": there are none
	Applied bool             `json:"applied"`
	Added   int              `json:"added"`
	Changed int              `json:"changed"`
	Rows    List[ImportLine] `json:"changes"`
}

// ImportLine is a field that changes.
type ImportLine struct {
	Line  int    `json:"line"`  // of the file
	Offer string `json:"offer"` // "": a new one
	Title string `json:"title"`
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// ImportTable is what a catalogue changes. Of a long text it has the part that changes.
func ImportTable(all []ImportLine, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Line", Name: "line", Right: true},
		{Title: "Field", Name: "field"},
		{Title: "Offer", Name: "offer", Drop: 2},
		{Title: "Was", Name: "old", Foreign: true, Drop: 1},
		{Title: "Becomes", Name: "new", Foreign: true},
		{Title: "Title", Name: "title", Elastic: true, Foreign: true},
	}}
	for _, l := range all {
		offer := l.Offer
		if offer == "" {
			offer = word(l.Field != "", "new")
		}
		was, becomes := differing(l.Old, l.New)
		t.Rows = append(t.Rows, []Cell{
			{word(l.Line > 0, strconv.Itoa(l.Line)), Faint},
			{l.Field, Plain},
			{offer, Faint},
			{was, Faint},
			{becomes, Strong},
			{l.Title, Plain},
		})
	}
	return t
}

// differCells is how much of a text a table of changes shows, and differBefore how much of it before what differs.
const differCells, differBefore = 60, 20

// differing are the parts of two texts that show how they differ, each in one line: the ends of lines are seen, and
// what is left out is too.
func differing(a, b string) (was, becomes string) {
	ends := strings.NewReplacer("\n", "↵")
	from, to := []rune(ends.Replace(a)), []rune(ends.Replace(b))
	if max(len(from), len(to)) > differCells {
		same := 0
		for same < min(len(from), len(to)) && from[same] == to[same] {
			same++
		}
		from, to = around(from, same), around(to, same)
	}
	return string(from), string(to)
}

// around is what of a text stands around a place in it.
func around(text []rune, place int) []rune {
	if begin := min(place, len(text)) - differBefore; begin > 0 {
		text = append([]rune("…"), text[begin:]...)
	}
	if len(text) > differCells {
		text = append(text[:differCells-1:differCells-1], '…')
	}
	return text
}

// Catalogue is what a vendor sells, as CSV.
type Catalogue struct {
	Offers int    `json:"offers"`
	More   bool   `json:"more"` // there are more offers than one answer has
	CSV    string `json:"csv"`
}
