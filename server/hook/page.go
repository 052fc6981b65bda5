package hook

import (
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// ID is a name in the path.
type ID struct {
	ID string `path:"id"`
}

// Body is an answer with nothing but a body.
type Body[T any] struct{ Body T }

// body is the answer with what the service returned, or its error.
func body[T any](v T, err error) (*Body[T], error) {
	if err != nil {
		return nil, err
	}
	return &Body[T]{v}, nil
}

// Paged are the parameters of a list.
type Paged struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"Rows of a page."`
	Cursor string `query:"cursor" maxLength:"250" doc:"next_cursor of the page before."`
}

// paging is the request as the service takes it.
func (p Paged) paging() view.Paging {
	return view.Paging{Limit: p.Limit, Before: view.Cursor(p.Cursor)}
}

// Entries are the parameters of a list of what happened.
type Entries struct {
	Paged
	Currency string    `query:"currency" pattern:"^[A-Z]{3}$" patternDescription:"a code such as EUR" doc:"Only in this."`
	Since    time.Time `query:"created[gte]" doc:"Only what was made at this time or later."`
	Until    time.Time `query:"created[lt]" doc:"Only what was made before this time."`
}

// entries is the request as the service takes it.
func (e Entries) entries() server.EntriesQuery {
	return server.EntriesQuery{
		Paging: e.paging(), Currency: ledger.Currency(e.Currency), Since: e.Since, Until: e.Until,
	}
}

// byMetadata adds the filter metadata[name]=value: names are the vendor's, so there is no field for each.
func byMetadata(o huma.Operation) huma.Operation {
	explode := true
	o.Parameters = append(o.Parameters, &huma.Param{
		Name: "metadata", In: "query", Style: deepObject, Explode: &explode, Schema: metadataSchema(),
		Description: "Only those with exactly these values, each as metadata[name]=value.",
	})
	return o
}

// List is one page, newest first.
type List[T any] struct {
	Data     view.List[T] `json:"data"`
	Next     view.Cursor  `json:"next_cursor" doc:"null at the end."`
	More     bool         `json:"has_more"`
	Searched view.Time    `json:"searched_to,omitzero"`
}

// list is the answer with a page, or its error. The service calls the cursor of a page "before"; here it has another
// name.
func list[T any](p view.Page[T], err error) (*Body[List[T]], error) {
	var no *ledger.Refusal
	if errors.As(err, &no) && no.Param == "before" {
		return nil, named(no, "cursor")
	}
	return body(List[T]{Data: p.Data, Next: p.Next, More: p.Next != "", Searched: p.Searched}, err)
}
