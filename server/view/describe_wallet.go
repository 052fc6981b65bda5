package view

import (
	"fmt"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// Wallets is the list of accounts. Numbers have no currency of their own: it is the name of the account. Uncollected
// stays longer than held on a narrow screen, since it is what a payer waits for.
func Wallets(all []Wallet) Table {
	t := Table{Columns: []Column{
		{Title: "Account"},
		{Title: "Available", Right: true},
		{Title: "Held", Right: true, Drop: 2},
		{Title: "Uncollected", Right: true, Drop: 1},
		{},
	}}
	for _, w := range all {
		t.Rows = append(t.Rows, []Cell{
			{string(w.Currency), Plain},
			{w.Available.Number(), Strong},
			{w.Held.Number(), Plain},
			{w.Uncollected.Number(), Plain},
			w.remark(),
		})
	}
	return t
}

// remark is what else there is to say of an account.
func (w Wallet) remark() Cell {
	switch {
	case w.Credit != nil && w.Credit.Overdue:
		return Cell{w.Credit.Billed.Number() + " overdue", Bad}
	case w.Owed.Micros > 0:
		return Cell{"owes " + w.Owed.Number(), Warn}
	}
	all := word(w.Simulated, "simulated")
	if w.Disputed.Micros > 0 {
		all = strings.TrimSuffix(w.Disputed.Number()+" disputed, "+all, ", ")
	}
	return Cell{all, Faint}
}

// AtRisk tells what of the tokens can be sent on now and when the rest can, "" if all of them can: money that its payer
// can take back buys content, and does not leave.
func (w Wallet) AtRisk(f Format) string {
	if w.TransferableAll.IsZero() {
		return ""
	}
	tokens := w.Available
	if w.Credit != nil { // credit is nothing to send
		tokens.Micros -= w.Credit.Left.Micros
	}
	rest := "from " + f.Time(w.TransferableAll)
	if ledger.UntilPaid(w.TransferableAll.Time) {
		rest = "when the invoice of the purchase order is paid"
	}
	return "Of " + tokens.String() + ", " + w.Transferable.String() + " can be transferred now; the rest " + rest + "."
}

// Words tells a limit in a few words: "0.25 of 5.00 EUR", "at most 1.00 EUR", "no bound".
func (l Limit) Words() string {
	switch {
	case l.None() && l.Period == "purchase":
		return "no bound"
	case l.Period == "purchase":
		return "at most " + l.Max.String()
	case l.None():
		return l.Used.String() + ", no bound"
	default:
		return l.Used.Number() + " of " + l.Max.String() + suffix(l.Note)
	}
}

// suffix is what goes on after a comma, if there is something.
func suffix(text string) string { return word(text != "", ", "+text) }

// Outlook tells what little is left of the bound, and where the period is going: "84 % used, heading for 40.50". It is
// "" where there is nothing to tell.
func (l Limit) Outlook() string {
	if l.Forecast == nil || l.Used.Micros == 0 {
		return l.Note
	}
	return strings.TrimPrefix(suffix(l.Note)+", heading for "+l.Forecast.Number(), ", ")
}

// Change tells how much more or less was spent than in the 30 days before, "" if nothing was spent then.
func (s Spending) Change() string {
	more, than := s.Sum.Micros-s.Before.Micros, " than in the 30 days before"
	switch {
	case s.Before.Micros <= 0:
		return ""
	case more == 0:
		return "as much as in the 30 days before"
	case more > 0:
		return fmt.Sprintf("%d %% more", ledger.PercentOf(more, s.Before.Micros)) + than
	}
	return fmt.Sprintf("%d %% less", ledger.PercentOf(-more, s.Before.Micros)) + than
}

// Words tells what was spent in the 30 days: "38.20 EUR, 12 % more than in the 30 days before".
func (s Spending) Words() string { return s.Sum.String() + suffix(s.Change()) }

// barWidth is how many signs the bar of the greatest day has.
const barWidth = 20

// SpendingTable has a row for each day, with a bar: what was spent at all shows one sign at least.
func SpendingTable(s Spending) Table {
	t := Table{Columns: []Column{{Title: "Day"}, {Title: "Spent", Right: true}, {Title: "Chart"}}}
	for _, d := range s.Days {
		bar := 0
		if d.Spent.Micros > 0 {
			bar = max(1, ledger.PercentOf(d.Spent.Micros, s.Most.Micros)*barWidth/100)
		}
		t.Rows = append(t.Rows, []Cell{
			{d.Date, Plain}, {d.Spent.Number(), Plain}, {strings.Repeat("#", bar), Plain},
		})
	}
	return t
}

// Words tells what a limit would have done: "would have refused 3 of 41 purchases in 30 days, 6.45 EUR, the first on
// 2026-11-24 14:07".
func (w WhatIf) Words(f Format) string {
	switch {
	case w.Purchases == 0:
		return "has no purchases in 30 days to be tried on"
	case w.Refused == 0:
		return "would have refused none of " + w.among(f)
	}
	return fmt.Sprintf("would have refused %d of %s, %s, the first on %s", w.Refused, w.among(f), w.Sum, f.Time(w.First))
}

// LinkWords tells what a permission would have done: "would have paid 12 of 14 purchases in 30 days without asking".
func (w WhatIf) LinkWords(f Format) string {
	if w.Purchases == 0 {
		return "has no purchases there in 30 days to be tried on"
	}
	return fmt.Sprintf("would have paid %d of %s without asking", w.Purchases-w.Refused, w.among(f))
}

// among tells of which purchases a part is told.
func (w WhatIf) among(f Format) string {
	if w.Bounded {
		return fmt.Sprintf("the newest %s (since %s)", Plural(w.Purchases, "purchase"), f.Time(w.Since))
	}
	return Plural(w.Purchases, "purchase") + " in 30 days"
}

// LimitTable is the list of bounds: what may be spent, what is spent, when it begins anew.
func LimitTable(all []Limit, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Period", Name: "period"},
		{Title: "Vendor", Elastic: true, Name: "vendor"},
		{Title: "Currency", Name: "currency"},
		{Title: "Limit", Right: true, Name: "max"},
		{Title: "Used", Right: true, Name: "used"},
		{Title: "Left", Right: true},
		{Title: "Begins anew", Name: "resets_at"},
		{Title: "Outlook", Name: "used_percent"},
	}}
	for _, l := range all {
		bound, used, left, vendor := "none", l.Used.Number(), "", l.Vendor
		if !l.None() {
			left = ledger.Amount{Micros: max(0, l.Max.Micros-l.Used.Micros), Currency: l.Currency}.Number()
			bound = l.Max.Number()
		}
		if l.Period == "purchase" {
			used, left = "", ""
		}
		if vendor == "" {
			vendor = "all"
		}
		t.Rows = append(t.Rows, []Cell{
			{l.Period, Plain},
			{vendor, Plain},
			{string(l.Currency), Plain},
			{bound, Plain},
			{used, Plain},
			{left, Plain},
			{f.Time(l.ResetsAt), Faint},
			{l.Outlook(), noteTone(l)},
		})
	}
	return t
}

// noteTone is the tone of what is told of a bound.
func noteTone(l Limit) Tone {
	switch {
	case l.Percent >= 100:
		return Bad
	case l.Note != "":
		return Warn
	}
	return Faint
}

// Words tells four bounds in one line.
func (l Limits) Words() string {
	return l.PerPurchase.In(l.Currency) + " per purchase, " + l.PerDay.In(l.Currency) + " a day, " +
		l.PerWeek.In(l.Currency) + " a week, " + l.PerMonth.In(l.Currency) + " a month"
}

// Permission tells what the vendor of a link may do, in words that go on after its name: "acme-news asks each time".
func (l Link) Permission() string {
	switch l.Status {
	case "active":
		return "charges without asking, " + l.bounds()
	case "blocked":
		return "is refused"
	default:
		return "asks each time"
	}
}

// bounds tells the bounds of a link's own.
func (l Link) bounds() string {
	var parts []string
	for _, b := range l.Limits {
		if b.None() {
			continue
		}
		per := " a " + b.Period
		switch b.Period {
		case "purchase":
			per = " per purchase"
		case "total":
			per = " in total"
		}
		parts = append(parts, b.Max.Number()+per)
	}
	if len(parts) == 0 {
		return "inside the wallet's limits"
	}
	return "at most " + strings.Join(parts, ", ")
}

// MayTake tells what the vendor of a link may take, in as few words as a column has: "0.50 each, 10.00 a month".
func (l Link) MayTake() string {
	switch l.Status {
	case "active":
		var parts []string
		for _, b := range l.Limits {
			switch {
			case b.None():
			case b.Period == "purchase":
				parts = append(parts, b.Max.Number()+" each")
			case b.Period == "total":
				parts = append(parts, b.Max.Number()+" in all")
			default:
				parts = append(parts, b.Max.Number()+" a "+b.Period)
			}
		}
		if len(parts) == 0 {
			return "what your limits allow"
		}
		return strings.Join(parts, ", ")
	case "blocked":
		return "blocked"
	default:
		return "asks each time"
	}
}

// Tightest is the bound of a permission of which the greatest part is used; ok is false if none counts what is used.
func (l Link) Tightest() (tight Limit, ok bool) {
	if l.Status != "active" {
		return tight, false
	}
	for _, b := range l.Limits {
		if b.None() || b.Period == "purchase" {
			continue
		}
		if !ok || b.Part() > tight.Part() {
			tight, ok = b, true
		}
	}
	return tight, ok
}

// Part tells how much of a bound is used, in percent; 0 if it bounds nothing.
func (l Limit) Part() int64 {
	switch most := l.MaxMicros(); {
	case l.None() || l.Period == "purchase" || l.Used.Micros <= 0:
		return 0
	case l.Used.Micros >= most:
		return 100
	default: // divided before it is multiplied: an amount may be near the end of an int64
		return min(99, l.Used.Micros/max(1, most/100))
	}
}

// Origin tells the verified site of the vendor, or that there is none: a vendor without one may only claim to be who it
// says.
func (l Link) Origin() string {
	if l.Site == "" {
		return "no verified site"
	}
	return l.Site
}

// Facts are what is known of a vendor. On a low screen those go first that stand in the list above them, and the id,
// which is for commands.
func (l Link) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Vendor", Value: l.Vendor, Drop: 3},
		{Label: "Title", Value: l.Title},
		id("Site", l.Origin()),
		{Label: "Account", Value: string(l.Currency), Drop: 4},
		state(State(l.Status)),
		{Label: "Permission", Value: l.Permission()},
		{Label: "Bought", Value: Plural(l.Count, "purchase") + " in all", Drop: 1},
		{Label: "Spent", Value: l.Spent.String() + " for them, before refunds", Whole: true},
		{Label: "Since", Value: f.Time(l.Created), Drop: 2},
		{Label: "Until", Value: f.Time(l.Expires)},
		{Label: "Link", Value: l.ID, Whole: true, Drop: 5},
	}
}

// LinkTable is the list of vendors that a wallet knows. The permission in words is for plain text only: a screen
// shows it for the chosen vendor.
func LinkTable(all []Link) Table {
	t := Table{Columns: []Column{
		{Title: "Vendor", Name: "vendor"},
		{Title: "Site", Elastic: true, Drop: 3, Foreign: true, Name: "site"},
		{Title: "State", Name: "status"},
		{Title: "Bought", Right: true, Drop: 5, Name: "count"},
		{Title: "Spent in all", Right: true, Drop: 1, Name: "spent"},
		{Title: "Permission", Plain: true},
	}}
	for _, l := range all {
		t.Rows = append(t.Rows, []Cell{
			{l.Vendor, Plain},
			{l.Origin(), Faint},
			stateCell(State(l.Status)),
			{Plural(l.Count, "purchase"), Plain},
			{l.Spent.String(), Plain},
			{l.Permission(), Plain},
		})
	}
	return t
}

// Words tells what ends a grant, "" if nothing does. The bounds stand side by side, because whichever comes first
// ends it (claim 44).
func (b Bounds) Words(f Format) string {
	var parts []string
	if b.Views > 0 {
		parts = append(parts, Plural(b.Views, "view"))
	}
	if b.Hours > 0 {
		parts = append(parts, Plural(b.Hours, "hour")+" after the first use")
	}
	if b.Days > 0 {
		parts = append(parts, Plural(b.Days, "day"))
	}
	if !b.Expires.IsZero() {
		parts = append(parts, "until "+f.Time(b.Expires))
	}
	return strings.Join(parts, ", ")
}

// Facts are what is known of a grant.
func (g Grant) Facts(f Format) []Fact {
	views := "as often as you like, " + Plural(g.ViewsUsed, "time") + " so far"
	if g.ViewsTotal > 0 {
		views = fmt.Sprintf("%d of %d used", g.ViewsUsed, g.ViewsTotal)
	}
	return []Fact{
		{Label: "Opens", Value: g.URL, Whole: true, Link: true},
		state(g.Status),
		{Label: "Views", Value: views},
		{Label: "From", Value: f.Time(g.From)},
		{Label: "Until", Value: f.Time(g.Until)},
		{Label: "Ends", Value: word(g.Hours > 0, Span(time.Duration(g.Hours)*time.Hour)+" after the first use")},
		id("Grant", g.ID),
	}
}
