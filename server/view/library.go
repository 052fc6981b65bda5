package view

import (
	"cmp"
	"fmt"

	"tuppence/server/ledger"
)

// LibraryItem is something bought that can be opened (claim 25).
type LibraryItem struct {
	ID     string `json:"id"` // of the purchase
	Title  string `json:"title"`
	Vendor string `json:"vendor"`
	At     Time   `json:"at"`
	Grant  Grant  `json:"grant"`
}

// ShelfItem is something bought as a file.
type ShelfItem struct {
	LibraryItem
	Type string // media type; "": the vendor has not said
	Size int    // bytes; 0: not known before it is opened
}

// Opened is content as it was opened.
type Opened struct {
	ID      string `json:"id"` // of the purchase
	Title   string `json:"title"`
	Vendor  string `json:"vendor"`
	Type    string `json:"content_type"`
	Size    int    `json:"size"`           // bytes
	SHA256  string `json:"content_sha256"` // of the bytes
	Text    string `json:"text"`           // for a terminal; "" for what has none
	Content string `json:"content"`        // the exact bytes, in base64
	Counted bool   `json:"counted"`        // false: the same view as a few minutes ago
	Grant   Grant  `json:"grant"`
}

// Get asks for content by its address, or by the offer that sells it.
type Get struct {
	Of  string         // the address of the content, or the id of the offer
	Max *ledger.Amount // nil: what the limits of the wallet allow
}

// Got is content that was got by its address: what it has cost, and the content as it was opened.
type Got struct {
	Opened
	Paid ledger.Amount `json:"paid"` // 0: it was bought before
}

// Left tells what is left of a grant: views, then time.
func (g Grant) Left(f Format) string {
	views, until := "", ""
	if g.ViewsTotal > 0 {
		views = fmt.Sprintf("%d of %d views", g.ViewsTotal-min(g.ViewsUsed, g.ViewsTotal), g.ViewsTotal)
	}
	switch {
	case !g.Until.IsZero():
		until = "until " + f.Time(g.Until)
	case g.Hours > 0:
		until = Plural(g.Hours, "hour") + " once opened"
	}
	if views != "" && until != "" {
		return views + ", " + until
	}
	return cmp.Or(views, until, "no end")
}

// LibraryTable is a list of what can be opened.
func LibraryTable(all []LibraryItem, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Bought", Drop: 2, Name: "at"},
		{Title: "Title", Elastic: true, Foreign: true, Name: "title"},
		{Title: "Left", Name: "grant"},
		{Title: "Vendor", Drop: 1, Name: "vendor"},
		{Title: "Id", Plain: true, Name: "id"},
	}}
	for _, i := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(i.At), Faint},
			{i.Title, Strong},
			{i.Grant.Left(f), Plain},
			{i.Vendor, Plain},
			{i.ID, Plain},
		})
	}
	return t
}
