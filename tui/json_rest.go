package tui

import (
	"time"

	"tuppence/server/ledger"
)

type joinedJSON struct {
	Handle       string     `json:"handle"`
	RecoveryCode string     `json:"recovery_code"` // shown once
	LockedUntil  *time.Time `json:"locked_until"`
}

type identityJSON struct {
	Role        string `json:"role"` // none, user, rep, operator
	Handle      string `json:"handle,omitempty"`
	Name        string `json:"name,omitempty"`
	Fingerprint string `json:"fingerprint"`
	Zone        string `json:"zone"`
	Theme       string `json:"theme"`
}

func (r *Run) wireIdentity(id ledger.Identity) identityJSON {
	return identityJSON{roleWord(id.Role), id.Handle, id.Name, r.Who.Fingerprint, zoneWord(id.Zone), id.Theme}
}

type windowJSON struct {
	Open        bool       `json:"open"`
	WindowUntil *time.Time `json:"window_until"`
}

type versionJSON struct {
	Version    string    `json:"version"`
	Name       string    `json:"name"`
	Host       string    `json:"host"`
	URL        string    `json:"url"`
	Simulated  bool      `json:"simulated"`
	Currencies []string  `json:"currencies"`
	Commission string    `json:"commission"`
	Limits     boundJSON `json:"limits"`
	Window     int64     `json:"window_seconds"`
}

// boundJSON has bounds as decimals; null is no bound.
type boundJSON struct {
	PerPurchase *string `json:"per_purchase"`
	PerDay      *string `json:"per_day"`
	PerWeek     *string `json:"per_week"`
	PerMonth    *string `json:"per_month"`
}

func wireBounds(l ledger.Limits) boundJSON {
	one := func(micros int64) *string {
		if micros < 0 {
			return nil
		}
		text := decimal(micros)
		return &text
	}
	return boundJSON{one(l.PerPurchase), one(l.PerDay), one(l.PerWeek), one(l.PerMonth)}
}

type limitSetJSON struct {
	Limits  []limitJSON `json:"limits"`
	Warning string      `json:"warning"`
}

type linkJSON struct {
	ID       string      `json:"id"`
	Vendor   string      `json:"vendor"`
	Title    string      `json:"title"`
	Site     string      `json:"site"`
	Currency string      `json:"currency"`
	Status   string      `json:"status"`
	Limits   []limitJSON `json:"limits"`
	Count    uint64      `json:"count"`
	Spent    Money       `json:"spent"`
	Created  *time.Time  `json:"created"`
	Expires  *time.Time  `json:"expires"`
}

func wireLink(l ledger.LinkView) linkJSON {
	return linkJSON{
		l.ID, l.Vendor, l.Title, l.Site, string(l.Currency), l.Status, wire(l.Limits, wireLimit), l.Count,
		wireMoney(in(l.Spent, l.Currency)), moment(l.Created), moment(l.Expires),
	}
}

type approvalJSON struct {
	Code       string         `json:"code"`
	Mode       string         `json:"mode"` // charge, link
	Status     string         `json:"status"`
	Vendor     string         `json:"vendor"`
	Site       string         `json:"site"` // "": not verified
	Title      string         `json:"title"`
	What       string         `json:"description"`
	Bounds     offerBoundJSON `json:"bounds"`
	Price      Money          `json:"price"`
	Ask        *boundJSON     `json:"ask"` // mode link: what the vendor proposes
	Before     Money          `json:"available_before"`
	After      Money          `json:"available_after"`
	DaySpent   Money          `json:"day_spent"`
	DayMax     *Money         `json:"day_max"`
	Purchases  uint64         `json:"earlier_purchases"`
	Expires    *time.Time     `json:"expires"`
	WouldFail  string         `json:"would_fail"` // why approving would be refused; "": it would not
	HasExpired bool           `json:"expired"`
}

type offerBoundJSON struct {
	Views   uint32     `json:"views"`
	Hours   uint32     `json:"hours"`
	Days    uint32     `json:"days"`
	Expires *time.Time `json:"expires_at"`
}

func wireApproval(a ledger.Approval) approvalJSON {
	c := a.Price.Currency
	if c == "" {
		c = a.From
	}
	w := approvalJSON{
		Code: a.Code, Mode: string(a.Mode), Status: string(a.Status), Vendor: a.Vendor, Site: a.Site, Title: a.Title, What: a.What,
		Bounds: offerBoundJSON{a.Bounds.Views, a.Bounds.Hours, a.Bounds.Days, moment(a.Bounds.Expires)},
		Price:  wireMoney(in(a.Price, c)), Before: wireMoney(in(a.Before, c)), After: wireMoney(in(a.After, c)),
		DaySpent: wireMoney(in(a.DaySpent, c)), Purchases: a.Purchases, Expires: moment(a.Expires), WouldFail: a.Refused,
		HasExpired: a.Status == ledger.CheckoutExpired,
	}
	if !a.DayNone {
		day := wireMoney(in(a.DayMax, c))
		w.DayMax = &day
	}
	if a.Mode == ledger.ModeLink {
		ask := wireBounds(a.Ask)
		w.Ask = &ask
	}
	return w
}

type receiptJSON struct {
	ID     string     `json:"id"`
	Status string     `json:"status"`
	Vendor string     `json:"vendor"`
	Title  string     `json:"title"`
	Amount Money      `json:"amount"`
	After  Money      `json:"available_after"`
	Lines  []lineJSON `json:"lines"`
	Grant  *grantJSON `json:"grant"`
	Link   string     `json:"link"`
	At     *time.Time `json:"at"`
	Again  bool       `json:"again"` // it had been answered before
}

func wireReceipt(v ledger.Receipt) receiptJSON {
	return receiptJSON{
		v.ID, string(v.Status), v.Vendor, v.Title, wireMoney(v.Amount), wireMoney(in(v.After, v.Amount.Currency)),
		wire(v.Lines, wireLine), wireGrant(v.Grant), v.Link, moment(v.At), v.Again,
	}
}

type transferJSON struct {
	ID      string     `json:"id"`
	Amount  Money      `json:"amount"`
	State   string     `json:"state"`
	Code    string     `json:"code,omitempty"` // shown once, to the sender
	Created *time.Time `json:"created"`
	Expires *time.Time `json:"expires"`
	After   *Money     `json:"available_after,omitempty"`
	Key     string     `json:"key,omitempty"`
}

func wireTransfer(t ledger.TransferView) transferJSON {
	w := transferJSON{ID: t.ID, Amount: wireMoney(t.Amount), State: t.State, Code: t.Code, Created: moment(t.Created), Expires: moment(t.Expires)}
	if t.After.Currency != "" {
		after := wireMoney(t.After)
		w.After = &after
	}
	return w
}

type vendorKeyJSON struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Origin string `json:"origin"`
	Key    string `json:"key"`        // shown once
	Ended  int    `json:"ended_keys"` // earlier keys that ended
}

func wireVendorKey(k ledger.VendorKey) vendorKeyJSON {
	return vendorKeyJSON{k.ID, k.Name, k.Origin, k.Key, k.Ended}
}

type staffJSON struct {
	Fingerprint string     `json:"fingerprint"`
	Name        string     `json:"name"`
	Role        string     `json:"role"`
	Added       *time.Time `json:"added"`
	Ended       *time.Time `json:"ended"`
}

type policyJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Help  string `json:"help"`
}

func wirePolicy(p ledger.PolicyLine) policyJSON { return policyJSON{p.Name, p.Value, p.Help} }
