package tui

import (
	"strings"
	"time"

	"tuppence/server/ledger"
)

// This file and json_rest.go have the JSON of the commands. Names are stable: fields are only ever added. Money is an
// object, a time is RFC 3339 in UTC or null, a list is never null.

type limitJSON struct {
	Period   string     `json:"period"`
	Vendor   string     `json:"vendor,omitempty"`
	Currency string     `json:"currency"`
	Max      *Money     `json:"max"` // null: no bound
	Used     Money      `json:"used"`
	ResetsAt *time.Time `json:"resets_at"`
}

func wireLimit(l ledger.LimitView) limitJSON {
	w := limitJSON{Period: l.Period, Vendor: l.Vendor, Currency: string(l.Currency), Used: wireMoney(in(l.Used, l.Currency)), ResetsAt: moment(l.ResetsAt)}
	if !l.None {
		bound := wireMoney(in(l.Max, l.Currency))
		w.Max = &bound
	}
	return w
}

// in names the currency of an amount that came without one.
func in(a ledger.Amount, c ledger.Currency) ledger.Amount {
	if a.Currency == "" {
		a.Currency = c
	}
	return a
}

type walletJSON struct {
	Currency    string      `json:"currency"`
	Available   Money       `json:"available"`
	Held        Money       `json:"held"`
	Uncollected Money       `json:"uncollected"`
	Simulated   bool        `json:"simulated"`
	Limits      []limitJSON `json:"limits"`
}

func wireWallet(v ledger.WalletView) walletJSON {
	return walletJSON{
		string(v.Currency), wireMoney(in(v.Available, v.Currency)), wireMoney(in(v.Held, v.Currency)),
		wireMoney(in(v.Uncollected, v.Currency)), v.Simulated, wire(v.Limits, wireLimit),
	}
}

type balanceJSON struct {
	Handle      string        `json:"handle"`
	Accounts    []balanceLine `json:"accounts"`
	Pending     int           `json:"pending"`  // requests that wait for an answer
	Disputes    int           `json:"disputes"` // open ones
	WindowUntil *time.Time    `json:"window_until"`
	LockedUntil *time.Time    `json:"locked_until"`
}

type balanceLine struct {
	Currency    string `json:"currency"`
	Available   Money  `json:"available"`
	Held        Money  `json:"held"`
	Uncollected Money  `json:"uncollected"`
	Simulated   bool   `json:"simulated"`
}

func wireBalance(o ledger.Overview) balanceJSON {
	line := func(v ledger.WalletView) balanceLine {
		w := wireWallet(v)
		return balanceLine{w.Currency, w.Available, w.Held, w.Uncollected, w.Simulated}
	}
	return balanceJSON{o.Handle, wire(o.Wallets, line), len(o.Pending), o.Disputes, moment(o.WindowUntil), moment(o.LockedUntil)}
}

type methodJSON struct {
	Name       string       `json:"name"`
	Title      string       `json:"title"`
	Online     bool         `json:"online"`
	Simulated  bool         `json:"simulated"`
	Currencies []methodLine `json:"currencies"`
	Help       string       `json:"help"`
}

type methodLine struct {
	Currency string `json:"currency"`
	Min      *Money `json:"min"`
	Max      *Money `json:"max"`
}

func wireMethod(m ledger.MethodInfo) methodJSON {
	bound := func(of map[ledger.Currency]ledger.Amount, c ledger.Currency) *Money {
		a, has := of[c]
		if !has {
			return nil
		}
		w := wireMoney(in(a, c))
		return &w
	}
	return methodJSON{m.Name, m.Title, m.Online, m.Simulated, wire(m.Currencies, func(c ledger.Currency) methodLine {
		return methodLine{string(c), bound(m.Min, c), bound(m.Max, c)}
	}), m.Help}
}

type depositJSON struct {
	ID        string     `json:"id"`
	Method    string     `json:"method"`
	Amount    Money      `json:"amount"`
	Fee       Money      `json:"fee"`
	State     string     `json:"state"`
	Reference string     `json:"reference,omitempty"`
	Steps     []string   `json:"steps"`
	Created   *time.Time `json:"created"`
	Expires   *time.Time `json:"expires"`
	Reason    string     `json:"reason,omitempty"`
	Handle    string     `json:"handle,omitempty"` // for staff
	Simulated bool       `json:"simulated"`
}

func wireDeposit(d ledger.DepositView) depositJSON {
	return depositJSON{
		d.ID, d.Method, wireMoney(d.Amount), wireMoney(in(d.Fee, d.Amount.Currency)), string(d.State), d.Reference,
		wire(d.Steps, func(s string) string { return s }), moment(d.Created), moment(d.Expires), d.Reason, d.Handle, d.Simulated,
	}
}

type fundedJSON struct {
	depositJSON
	Key string `json:"key"` // repeat the command with it: money is taken once
}

type rowJSON struct {
	ID       string     `json:"id"`
	At       *time.Time `json:"at"`
	Kind     string     `json:"kind"`
	Vendor   string     `json:"vendor"`
	Title    string     `json:"title"`
	State    string     `json:"state"`
	Amount   Money      `json:"amount"` // negative leaves the wallet
	CanOpen  bool       `json:"can_open"`
	Disputed bool       `json:"disputed"`
}

// wireState is a state as programs read it: partly_refunded.
func wireState(word string) string { return strings.ReplaceAll(strings.ToLower(word), " ", "_") }

func wireRow(v ledger.Row) rowJSON {
	return rowJSON{v.ID, moment(v.At), v.Kind, v.Vendor, v.Title, wireState(v.State), wireMoney(v.Amount), v.CanOpen, v.Disputed}
}

type historyJSON struct {
	Rows    []rowJSON `json:"rows"`
	Next    *string   `json:"next_cursor"` // null: this was the last page
	HasMore bool      `json:"has_more"`
}

func wireHistory(p ledger.HistoryPage) historyJSON {
	w := historyJSON{Rows: wire(p.Rows, wireRow)}
	if p.Next != "" {
		w.Next, w.HasMore = &p.Next, true
	}
	return w
}

type lineJSON struct {
	Who    string `json:"who"`
	Amount Money  `json:"amount"` // positive received, negative paid
}

func wireLine(l ledger.Line) lineJSON { return lineJSON{l.Who, wireMoney(l.Amount)} }

type grantJSON struct {
	ID         string     `json:"id"`
	Status     string     `json:"status"`
	ViewsTotal uint32     `json:"views_total"` // 0: no bound
	ViewsUsed  uint32     `json:"views_used"`
	From       *time.Time `json:"valid_from"`
	Until      *time.Time `json:"valid_until"`
	Hours      uint32     `json:"hours_after_first_use"`
	URL        string     `json:"url"`
}

func wireGrant(g *ledger.GrantView) *grantJSON {
	if g == nil {
		return nil
	}
	return &grantJSON{g.ID, g.Status, g.ViewsTotal, g.ViewsUsed, moment(g.From), moment(g.Until), g.Hours, g.URL}
}

type eventJSON struct {
	At   *time.Time `json:"at"`
	What string     `json:"what"`
}

type detailJSON struct {
	rowJSON
	TxnID      string       `json:"txn_id"`
	Offer      string       `json:"offer"`
	URL        string       `json:"url"`
	Lines      []lineJSON   `json:"lines"`
	Returned   Money        `json:"returned"`
	Commission Money        `json:"commission"`
	Grant      *grantJSON   `json:"grant"`
	Dispute    *disputeJSON `json:"dispute"`
	Deposit    *depositJSON `json:"deposit"`
	Timeline   []eventJSON  `json:"timeline"`
	Hash       string       `json:"hash"`
	CanDispute bool         `json:"can_dispute"`
	DisputeBy  *time.Time   `json:"dispute_by"`
}

func wireDetail(d ledger.Detail) detailJSON {
	c := d.Amount.Currency
	w := detailJSON{
		rowJSON: wireRow(d.Row), TxnID: d.TxnID, Offer: d.Offer, URL: d.URL, Lines: wire(d.Lines, wireLine),
		Returned: wireMoney(in(d.Returned, c)), Commission: wireMoney(in(d.Commission, c)), Grant: wireGrant(d.Grant),
		Timeline: wire(d.Timeline, func(e ledger.Event) eventJSON { return eventJSON{moment(e.At), e.What} }),
		Hash:     d.Hash, CanDispute: d.CanDispute, DisputeBy: moment(d.DisputeBy),
	}
	if d.Dispute != nil {
		dispute := wireDispute(*d.Dispute)
		w.Dispute = &dispute
	}
	if d.Deposit != nil {
		deposit := wireDeposit(*d.Deposit)
		w.Deposit = &deposit
	}
	return w
}

type disputeJSON struct {
	ID       string     `json:"id"`
	Purchase string     `json:"purchase"`
	Vendor   string     `json:"vendor"`
	Title    string     `json:"title"`
	Amount   Money      `json:"amount"`
	Reason   string     `json:"reason"`
	Text     string     `json:"text"`
	State    string     `json:"state"`
	Opened   *time.Time `json:"opened"`
	DueBy    *time.Time `json:"due_by"`
	Decided  *time.Time `json:"decided"`
	Note     string     `json:"note"`
	Handle   string     `json:"handle,omitempty"` // for staff
	Facts    []string   `json:"facts"`
}

func wireDispute(d ledger.DisputeView) disputeJSON {
	return disputeJSON{
		d.ID, d.Purchase, d.Vendor, d.Title, wireMoney(d.Amount), d.Reason, d.Text, string(d.State), moment(d.Opened),
		moment(d.DueBy), moment(d.Decided), d.Note, d.Handle, wire(d.Facts, func(s string) string { return s }),
	}
}
