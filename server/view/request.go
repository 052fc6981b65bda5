package view

import (
	"time"

	"tuppence/server/ledger"
)

// JoinRequest opens a wallet for the calling key (claim 8).
type JoinRequest struct {
	Accept bool
	Zone   string // IANA name, "" is UTC
	Invite string // code of an invitation, "" for none
}

// SettingsChange changes settings; what is empty stays as it is.
type SettingsChange struct {
	Zone, Theme, Notices string
	Plain, Mouse, ASCII  *bool
	SaveView             *SavedView // in the place of one with the same name
	DropView             string     // its name
}

// Paging bounds a list: at most Limit rows older than Before, the cursor of an earlier page.
type Paging struct {
	Limit  int // 0: as many as are usual
	Before Cursor
}

// MaxRows bounds every list in one answer.
const MaxRows = 200

// usualRows is how many rows come when no number is asked for.
const usualRows = 50

// Rows is how many rows the page has at most: what was asked for, within bounds.
func (p Paging) Rows() int {
	if p.Limit <= 0 {
		return usualRows
	}
	return min(p.Limit, MaxRows)
}

// HistoryQuery asks for a part of a history, newest first. A zero field filters nothing.
//
// Where the part begins is said by the first of these that is set: Paging.Before, the rows that are older; After, those
// that are newer, of which the oldest come; Oldest, the end of the history; Skip. None: the newest rows.
type HistoryQuery struct {
	Paging
	After  Cursor // [History.Newer] of another page; its Next serves as well
	Oldest bool
	Skip   uint64 // rows of the history without a filter that are newer

	Currency ledger.Currency
	Vendor   string
	Kind     string
	Since    time.Time
	Text     string
	Filter   string // see [Filter]
	Opens    bool   // only what can be opened now
	Count    bool   // of a page at an end of the history: count what is found, see [History.Found]

	// Sort brings all that is found in another order, at most [MaxSorted] rows; "": newest first, page by page. Such a
	// list is one page, of which Limit is the beginning; it has no cursors.
	Sort Sorting
}

// DeskQuery asks for a part of a queue of the desk. Its order is that of the queue, so Before is where an earlier page
// ended.
type DeskQuery struct {
	Paging
	Text string // an id, a reference, or a part of what a row shows; "": all
}

// FundRequest adds funds.
type FundRequest struct {
	Amount ledger.Amount
	Method string
	Bank   string // id of the bank account, "": the newest that can be debited
	Key    string // idempotency key, "": one is made at random
}

// LinkRequest gives a vendor a standing permission inside bounds, in micros, [ledger.NoLimit] for none.
type LinkRequest struct {
	Vendor   string
	Currency ledger.Currency
	Limits   ledger.Limits
	Total    int64
	// Confirmed says that the person has seen which bounds at the vendor become looser.
	Confirmed bool
}

// Answer is a person's yes or no to an approval.
type Answer struct {
	Code  string
	Yes   bool
	Link  bool // yes, and allow the vendor to charge without asking, inside Limits
	Block bool // no, and never ask again
	// Limits of the link; nil: what the vendor proposed, or the wallet's own.
	Limits *ledger.Limits
	// Expect and Match are what the person has seen, and a yes is refused if they are not those of the request. Expect is
	// the price, and nil is not compared; without a currency its number is. Match is the number of the page, or
	// [NoMatch]; "" is not compared.
	Expect *ledger.Amount
	Match  string
}

// DisputeRequest contests a purchase.
type DisputeRequest struct {
	ID     string
	Reason string
	Text   string
}

// TransferRequest sends tokens to the user who types the claim code (claim 31).
type TransferRequest struct {
	Amount ledger.Amount
	Key    string // idempotency key, "": one is made at random
}

// ExchangeRequest changes tokens of one account into those of another.
type ExchangeRequest struct {
	Amount ledger.Amount
	Other  ledger.Currency
	Get    bool           // Amount is what is got, Other the currency that pays
	Quote  string         // at the terms of this quote, "": at those of now
	Expect *ledger.Amount // refused if the other side is another; nil is not compared
	Key    string         // idempotency key, "": one is made at random. A quote is a key of its own, which counts instead
}

// Order is what is asked for.
func (r ExchangeRequest) Order() ledger.ExchangeOrder {
	return ledger.ExchangeOrder{Amount: r.Amount, Other: r.Other, Get: r.Get}
}

// VendorRequest opens a vendor.
type VendorRequest struct {
	Name   string
	Title  string
	Origin string
}

// BankRequest adds a bank account, with the mandate to debit it.
type BankRequest struct {
	Currency ledger.Currency
	Account  string // as it was typed: an IBAN, or routing and account number
	Holder   string
	Most     ledger.Amount // that one debit may have
}
