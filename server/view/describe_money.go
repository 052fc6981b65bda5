package view

import "tuppence/server/ledger"

// Facts are what is known of a deposit, but for its steps, which are sentences for its payer. An offline deposit has
// a reference, the only name that staff knows it by.
func (d Deposit) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Amount", Value: d.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Method", Value: d.Method},
		{Label: "Begun by", Value: d.Channel},
		{Label: "Order", Value: d.Order},
		{Label: "On the bill of", Value: d.Bill},
		money("Fee", d.Fee),
		state(d.State),
		{Label: "Why", Value: d.Reason},
		{Label: "What to do", Value: d.Remedy},
		{Label: "Pay at", Value: d.Link, Whole: true, Link: true},
		id("Reference", d.Reference),
		{Label: "Wallet", Value: d.Handle},
		{Label: "Waits for", Value: d.Waits},
		{Label: "Made", Value: f.Time(d.Created)},
		{Label: "Expires", Value: f.Time(d.Expiry())},
		{Label: "Invoice due", Value: f.Time(d.Due)},
		{Label: "Demo", Value: word(d.Simulated, "simulated, no real money"), Tone: Warn},
		id("Deposit", d.ID),
	}
}

// DepositTable is a list of deposits. Staff sees whose they are in the place of the method: the desk has offline
// methods only.
func DepositTable(all []Deposit, f Format, staff bool) Table {
	t := Table{Columns: []Column{
		{Title: "Made", Drop: 5, Name: "created"},
		{Title: "Deposit", Plain: true, Name: "id"},
		{Title: "Method", Elastic: true, Name: "method"},
		{Title: "Reference", Drop: 3, Name: "reference"},
		{Title: "State", Drop: 1, Name: "state"},
		{Title: "Amount", Right: true, Name: "amount"},
		{Title: "Waits for", Drop: 2, Name: "waits"},
	}}
	if staff {
		t.Columns[2].Title, t.Columns[2].Name = "Wallet", "handle"
	} else {
		t.Columns = t.Columns[:6]
	}
	for _, d := range all {
		who := d.Method
		if staff {
			who = d.Handle
		}
		t.Rows = append(t.Rows, []Cell{
			{f.Time(d.Created), Faint},
			{d.ID, Plain},
			{who, Plain},
			{d.Reference, Plain},
			stateCell(d.State),
			{d.Amount.String(), Plain},
			{d.Waits, Plain},
		}[:len(t.Columns)])
	}
	return t
}

// MethodTable is the list of ways to add funds, one line for each currency.
func MethodTable(all []Method) Table {
	t := Table{Columns: []Column{
		{Title: "Method"},
		{Title: "Title", Elastic: true},
		{Title: "Currency"},
		{Title: "From", Right: true},
		{Title: "To", Right: true},
		{Title: "Arrives"},
		{Title: "Costs you"},
		{},
	}}
	text := func(a *ledger.Amount) string {
		if a == nil {
			return ""
		}
		return a.Number()
	}
	for _, m := range all {
		for _, r := range m.Currencies {
			t.Rows = append(t.Rows, []Cell{
				{m.Name, Plain},
				{m.Title, Plain},
				{string(r.Currency), Plain},
				{text(r.Min), Plain},
				{text(r.Max), Plain},
				{m.Arrives, Plain},
				{m.Cost, Plain},
				methodNote(m),
			})
		}
	}
	return t
}

// methodNote says what is special about a method.
func methodNote(m Method) Cell {
	if m.Frozen != "" {
		return Cell{"frozen: " + m.Frozen, Warn}
	}
	return Cell{word(m.Simulated, "simulated"), Faint}
}

// Facts are what is known of a transfer.
func (t Transfer) Facts(f Format) []Fact {
	after := ""
	if t.After != nil {
		after = t.After.String()
	}
	return []Fact{
		{Label: "Amount", Value: t.Amount.String(), Whole: true, Tone: Strong},
		state(t.State),
		{Label: "Made", Value: f.Time(t.Created)},
		{Label: "Expires", Value: f.Time(t.Expires)},
		{Label: "Left", Value: after, Whole: true},
		id("Transfer", t.ID),
	}
}

// TransferTable is a list of transfers. The code is not among its columns: it is shown once, to the sender.
func TransferTable(all []Transfer, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Made", Drop: 3, Name: "created"},
		{Title: "Transfer", Plain: true, Name: "id"},
		{Title: "State", Name: "state"},
		{Title: "Expires", Drop: 1, Name: "expires"},
		{Title: "Amount", Right: true, Name: "amount"},
	}}
	for _, v := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(v.Created), Faint},
			{v.ID, Plain},
			stateCell(v.State),
			{f.Time(v.Expires), Faint},
			{v.Amount.String(), Plain},
		})
	}
	return t
}

// Facts tell staff what came, and what it may belong to.
func (r Unallocated) Facts(f Format) []Fact {
	guess := r.About
	if r.Near {
		guess += " (a guess: one slip of the pen away)"
	}
	return []Fact{
		{Label: "Amount", Value: r.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Came by", Value: r.Source},
		state(r.State),
		{Label: "Written on it", Value: r.Text},
		{Label: "Mark", Value: r.Mark, Whole: true},
		{Label: "May be for", Value: guess},
		{Label: "Wallet", Value: r.Handle},
		{Label: "Why", Value: r.Reason},
		{Label: "Came", Value: f.Time(r.Created)},
		{Label: "Demo", Value: word(r.Simulated, "simulated, no real money"), Tone: Warn},
		id("Deposit", r.Deposit),
		id("Receipt", r.ID),
	}
}

// UnallocatedTable is a list of receipts that nobody has announced so, for staff.
func UnallocatedTable(all []Unallocated, f Format, _ bool) Table {
	t := Table{Columns: []Column{
		{Title: "Came", Drop: 5, Name: "created"},
		{Title: "Receipt", Plain: true, Name: "id"},
		{Title: "By", Drop: 3, Name: "source"},
		{Title: "Written on it", Elastic: true, Foreign: true, Name: "reference"},
		{Title: "May be for", Drop: 2, Plain: true, Name: "handle"},
		{Title: "State", Drop: 1, Name: "state"},
		{Title: "Amount", Right: true, Name: "amount"},
	}}
	for _, r := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(r.Created), Faint},
			{r.ID, Plain},
			{r.Source, Plain},
			{r.Text, Plain},
			{r.Handle, Plain},
			stateCell(r.State),
			{r.Amount.String(), Plain},
		})
	}
	return t
}

// Facts tell staff what has become of a wallet.
func (v Frozen) Facts(Format) []Fact {
	all := []Fact{{Label: "Wallet", Value: v.Handle, Whole: true}, state(v.State), {Label: "Why", Value: v.Reason}}
	for _, owed := range v.Owed {
		all = append(all, Fact{Label: "It owes", Value: owed.String(), Whole: true, Tone: Warn})
	}
	return all
}
