package hook

import (
	"errors"

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
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before."`
}

// paging is the request as the service takes it.
func (p Paged) paging() view.Paging {
	return view.Paging{Limit: p.Limit, Before: view.Cursor(p.Cursor)}
}

// Filtered is a list in one currency.
type Filtered struct {
	Paged
	Currency string `query:"currency" pattern:"^[A-Z]{3}$" patternDescription:"a code such as EUR" default:"EUR"`
}

// currency is that of the list. A parameter that is there and empty does not get huma's default.
func (f Filtered) currency() ledger.Currency {
	if f.Currency == "" {
		return "EUR"
	}
	return ledger.Currency(f.Currency)
}

// List is one page, newest first.
type List[T any] struct {
	Data view.List[T] `json:"data"`
	Next view.Cursor  `json:"next_cursor" doc:"null at the end."`
	More bool         `json:"has_more"`
}

// list is the answer with a page, or its error. The service calls the cursor of a page "before"; here it has another
// name.
func list[T any](p view.Page[T], err error) (*Body[List[T]], error) {
	var no *ledger.Refusal
	if errors.As(err, &no) && no.Param == "before" {
		return nil, named(no, "cursor")
	}
	return body(List[T]{Data: p.Data, Next: p.Next, More: p.Next != ""}, err)
}
