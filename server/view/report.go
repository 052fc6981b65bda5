package view

import (
	"slices"
	"strconv"
	"time"

	"tuppence/server/ledger"
)

// TrialLine is a class of accounts in one currency, as a trial balance has it.
type TrialLine struct {
	Class  uint16        `json:"class"` // of the chart of accounts
	Name   string        `json:"name"`
	Kind   string        `json:"kind"` // asset, liability, equity, income, expense
	Debit  ledger.Amount `json:"debit"`
	Credit ledger.Amount `json:"credit"`
	// Balance is debit less credit: over all classes of a currency it is nothing.
	Balance ledger.Amount `json:"balance"`
}

// TrialLineOf shows the control total of a class.
func TrialLineOf(total ledger.Posting) TrialLine {
	c := total.Account.Class
	l := TrialLine{Class: uint16(c), Name: c.Name(), Kind: c.Kind()}
	l.Debit, l.Credit, l.Balance = sides(total)
	return l
}

// sides shows a sum on the side on which it stands.
func sides(g ledger.Posting) (debit, credit, balance ledger.Amount) {
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: g.Account.Currency} }
	return in(max(g.Micros, 0)), in(max(-g.Micros, 0)), in(g.Micros)
}

// exact is an amount with all decimals, so that a column of them is read digit by digit; "" for nothing.
func exact(a ledger.Amount) string {
	if a.Micros == 0 {
		return ""
	}
	return string(ledger.AppendMicros(nil, a.Micros))
}

// TrialTable is the trial balance, with the sums of each currency at the end.
func TrialTable(all []TrialLine, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Class", Name: "class"},
		{Title: "Name", Elastic: true, Name: "name"},
		{Title: "Kind", Drop: 1, Name: "kind"},
		{Title: "Currency", Name: "currency"},
		{Title: "Debit", Right: true, Name: "debit"},
		{Title: "Credit", Right: true, Name: "credit"},
		{Title: "Balance", Right: true, Drop: 2, Name: "balance"},
	}}
	row := func(tone Tone, class string, l TrialLine) {
		t.Rows = append(t.Rows, []Cell{
			{class, Plain},
			{l.Name, tone},
			{l.Kind, Faint},
			{string(l.Balance.Currency), Plain},
			{exact(l.Debit), tone},
			{exact(l.Credit), tone},
			{string(ledger.AppendMicros(nil, l.Balance.Micros)), tone},
		})
	}
	var sums []TrialLine
	for _, l := range all {
		row(Plain, strconv.Itoa(int(l.Class)), l)
		c := l.Balance.Currency
		i := slices.IndexFunc(sums, func(s TrialLine) bool { return s.Balance.Currency == c })
		if i < 0 {
			i, sums = len(sums), append(sums, TrialLine{Name: "sum", Balance: ledger.Amount{Currency: c}})
		}
		sums[i].Debit.Micros += l.Debit.Micros
		sums[i].Credit.Micros += l.Credit.Micros
		sums[i].Balance.Micros += l.Balance.Micros
	}
	for _, s := range sums {
		row(Strong, "", s)
	}
	return t
}

// CoverageLine is what the service has and what it owes in one currency (I13).
type CoverageLine struct {
	Assets  ledger.Amount `json:"assets"` // liquid
	Owed    ledger.Amount `json:"owed"`   // to users, vendors and payees
	Gap     ledger.Amount `json:"gap"`    // assets less what is owed: below zero it is not covered
	Covered bool          `json:"covered"`
}

// CoverageTable shows what covers what is owed.
func CoverageTable(all []CoverageLine, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Currency", Name: "currency"},
		{Title: "Assets", Right: true, Name: "assets"},
		{Title: "Owed", Right: true, Name: "owed"},
		{Title: "Gap", Right: true, Name: "gap"},
		{Title: "State", Name: "covered"},
	}}
	for _, c := range all {
		says, tone := "covered", Good
		if !c.Covered {
			says, tone = "NOT COVERED", Bad
		}
		number := func(a ledger.Amount) string { return string(ledger.AppendMicros(nil, a.Micros)) }
		t.Rows = append(t.Rows, []Cell{
			{string(c.Gap.Currency), Plain},
			{number(c.Assets), Plain},
			{number(c.Owed), Plain},
			{number(c.Gap), tone},
			{says, tone},
		})
	}
	return t
}

// LedgerQuery asks for a part of the general ledger of one class, newest first.
type LedgerQuery struct {
	Paging
	Class        ledger.Class
	Since, Until time.Time // not older than Since, older than Until; zero is no bound
}

// LedgerLine is a posting of the general ledger.
type LedgerLine struct {
	Entry   uint64        `json:"entry"` // its number in the journal
	At      Time          `json:"at"`
	What    string        `json:"what"`    // what moved the money, in words: deposit cleared
	Account string        `json:"account"` // a number of ours such as U7, "" where the class has one account
	Debit   ledger.Amount `json:"debit"`
	Credit  ledger.Amount `json:"credit"`
	Cause   uint64        `json:"cause"` // the entry that is continued, 0 for none
}

// LedgerLineOf shows a posting of an entry.
func LedgerLineOf(e ledger.Entry, g ledger.Posting) LedgerLine {
	l := LedgerLine{
		Entry: uint64(e.No), At: At(e.At), What: e.Words(), Account: g.Account.Sub(), Cause: uint64(e.Cause),
	}
	l.Debit, l.Credit, _ = sides(g)
	return l
}

// LedgerTable is a page of the general ledger.
func LedgerTable(all []LedgerLine, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Entry", Right: true, Name: "entry"},
		{Title: "At", Name: "at"},
		{Title: "What", Elastic: true, Name: "what"},
		{Title: "Account", Name: "account"},
		{Title: "Currency", Name: "currency"},
		{Title: "Debit", Right: true, Name: "debit"},
		{Title: "Credit", Right: true, Name: "credit"},
	}}
	for _, l := range all {
		t.Rows = append(t.Rows, []Cell{
			{strconv.FormatUint(l.Entry, 10), Faint},
			{f.Time(l.At), Faint},
			{l.What, Plain},
			{l.Account, Plain},
			{string(l.Debit.Currency), Plain},
			{exact(l.Debit), Plain},
			{exact(l.Credit), Plain},
		})
	}
	return t
}
