package view

import (
	"cmp"
	"strings"

	"tuppence/server/ledger"
)

// State is how far something has come, as one word for programs: partly_refunded.
type State string

// stateWords are states whose word for programs is none for people.
var stateWords = map[State]string{
	"succeeded": "arrived", "awaiting_instrument": "awaits the letter", "requires_action": "waits for you",
	"auto_resolved": "paid back by rule", "needs_response": "vendor answers", "charged_back": "taken back",
	"processing": "on its way", "errored": "not known yet",
	"for_buyer": "buyer is right", "for_vendor": "vendor is right",
	"pending_clearing": "with the bank",
}

// Words is the state for people, in lower case: partly refunded.
func (s State) Words() string { return cmp.Or(stateWords[s], strings.ReplaceAll(string(s), "_", " ")) }

// RowKinds are the kinds of rows, by which the history can be filtered.
var RowKinds = []string{
	"purchase", "refund", "release", "deposit", "dispute", "dispute_decided", "transfer_out", "transfer_in",
	"transfer_back", "exchange_out", "exchange_in", "link", "unlink", "block", "unblock", "limit", "freeze", "thaw",
	"credit", "bill", "write_off", "order", "order_limit", "biller", "incentive", "incentive_end", "voucher",
	"goodwill",
	"redemption", "redemption_back", "referral", "refill",
	"unclaimed", "closed",
	"bank", "mandate", "recovery",
	"voice", "agent", "grant_end",
}

// RowStates are the states of rows, by which the history can be filtered: those of purchases, of what was paid in, of
// disputes and of transfers.
var RowStates = []State{
	"paid", "held", "voided", "expired", "partly_refunded", "refunded", "disputed",
	"requires_action", "processing", "errored", "succeeded", "settled", "failed", "canceled", "charged_back",
	"awaiting_instrument", "uncollected", "submitted", "pending_clearing", "cleared", "bounced", "returned",
	"auto_resolved", "needs_response", "offered", "under_review", "for_buyer", "for_vendor", "appealed", "accepted",
	"won", "lost", "withdrawn",
	"sent", "claimed", "recalled", "done",
}

// Row is one line of the history (claim 22).
type Row struct {
	ID     string        `json:"id"`
	At     Time          `json:"at"`
	Kind   string        `json:"kind"` // one of RowKinds
	Vendor string        `json:"vendor"`
	Title  string        `json:"title"`
	State  State         `json:"state"`
	Amount ledger.Amount `json:"amount"` // signed: negative leaves the wallet; zero without a currency: counts nothing
	// Balance is what the account has after the row: available and not yet cleared, less what is owed. The amounts of all
	// rows up to this one add up to it. It is in lists only.
	Balance  ledger.Amount `json:"balance,omitzero"`
	CanOpen  bool          `json:"can_open"`
	Disputed bool          `json:"disputed"`
	Agent    string        `json:"agent,omitempty"` // name of the key by which a program bought
}

// History is a page of the history, newest first, and what stands on both sides of it.
type History struct {
	Page[Row]
	Newer Cursor `json:"newer"` // for [HistoryQuery.After]: what is newer than the page; "" if nothing is
	// Total is how many rows there are without a filter, in the currency that was asked for, and Above how many of them
	// are newer than the page. Without a filter its first row is number Above+1 of Total.
	Total uint64 `json:"total"`
	Above uint64 `json:"above"`
	// Found is how many rows are found in all, where a count was asked for and All is true. Else it is the least: the
	// count came to its bound, and there may be more.
	Found uint64 `json:"-"`
	All   bool   `json:"-"`

	Misread List[Misread] `json:"misread"` // of the filter
}

// Detail is everything about one row: who got what, to the micro.
type Detail struct {
	Row
	TxnID      string        `json:"txn_id"`
	Offer      string        `json:"offer"`
	URL        string        `json:"url"`
	Request    string        `json:"request,omitempty"` // that a program has paid for: method and address
	Lines      List[Line]    `json:"lines"`             // who paid and who got what
	Returned   ledger.Amount `json:"returned"`
	Commission ledger.Amount `json:"commission"`
	Grant      *Grant        `json:"grant"`
	Dispute    *Dispute      `json:"dispute"`
	Deposit    *Deposit      `json:"deposit"`
	Exchange   *Exchange     `json:"exchange,omitempty"`
	Timeline   List[Event]   `json:"timeline"`
	Hash       string        `json:"hash"` // of the journal entry
	CanDispute bool          `json:"can_dispute"`
	DisputeBy  Time          `json:"dispute_by"`
}

// Line is one side of an entry.
type Line struct {
	Who    string        `json:"who"`    // "you", the vendor's name, a payee with its role, "tuppence (commission)"
	Amount ledger.Amount `json:"amount"` // positive received, negative paid
}

// Event is one step in the life of a purchase or a deposit.
type Event struct {
	At   Time   `json:"at"`
	What string `json:"what"`
}

// Grant is the right to open what was bought: it ends at whichever of its bounds comes first (claim 44).
type Grant struct {
	ID         string `json:"id"`
	Status     State  `json:"status"`      // active, exhausted, expired, revoked
	ViewsTotal uint32 `json:"views_total"` // 0: no bound
	ViewsUsed  uint32 `json:"views_used"`
	From       Time   `json:"valid_from"`
	Until      Time   `json:"valid_until"`
	Hours      uint32 `json:"hours_after_first_use"` // 0: no bound
	URL        string `json:"resource"`              // where it opens
}
