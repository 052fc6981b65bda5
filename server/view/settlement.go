package view

import (
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// SettleOrder asks for a run of settlements, or for a piece of one that goes on.
type SettleOrder struct {
	At     time.Time // what happened until then; zero: now
	Vendor string    // only this one, due or not; "": all that are due
	Limit  int       // tills to look at in this call; 0: as many as are usual
}

// SettleRun is how far a run of settlements has come, with its control totals.
type SettleRun struct {
	Run     uint64              `json:"run"`
	At      Time                `json:"at"` // what happened until then is settled
	Vendor  string              `json:"vendor,omitempty"`
	Began   Time                `json:"began"`
	Ended   Time                `json:"ended,omitzero"`
	Tills   uint64              `json:"tills"` // that were looked at
	Settled uint64              `json:"settled"`
	Payouts List[ledger.Amount] `json:"payouts"`
	Fees    List[ledger.Amount] `json:"fees"`
	Behind  string              `json:"behind,omitempty"` // the vendor that was looked at last
	Done    bool                `json:"done"`
}

// Amounts puts amounts into one line.
func Amounts(all []ledger.Amount) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	return strings.Join(words, ", ")
}

// Facts are what is known of a run.
func (n SettleRun) Facts(f Format) []Fact {
	state := "goes on with: settle run"
	if n.Done {
		state = "done"
	}
	return []Fact{
		{Label: "Run", Value: digits(n.Run)},
		{Label: "Until", Value: f.Time(n.At)},
		{Label: "Vendor", Value: n.Vendor},
		{Label: "Looked at", Value: Plural(n.Tills, "till")},
		{Label: "Settled", Value: digits(n.Settled)},
		{Label: "Payouts", Value: Amounts(n.Payouts)},
		{Label: "Fees", Value: Amounts(n.Fees)},
		{Label: "State", Value: state},
	}
}

// digits is a number for people.
func digits(n uint64) string { return strconv.FormatUint(n, 10) }

// SettleRunTable is a list of runs.
func SettleRunTable(all []SettleRun, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Run", Right: true, Name: "run"},
		{Title: "Until", Name: "at"},
		{Title: "Vendor", Name: "vendor", Drop: 1, Elastic: true},
		{Title: "Settled", Right: true, Name: "settled"},
		{Title: "Payouts", Name: "payouts"},
		{Title: "State", Name: "done"},
	}}
	for _, n := range all {
		state, tone := "open", Warn
		if n.Done {
			state, tone = "done", Faint
		}
		t.Rows = append(t.Rows, []Cell{
			{digits(n.Run), Plain},
			{f.Time(n.At), Faint},
			{n.Vendor, Plain},
			{digits(n.Settled), Plain},
			{Amounts(n.Payouts), Strong},
			{state, tone},
		})
	}
	return t
}

// Settlement is a vendor or a payee who is paid what was earned in a period (claims 16, 19, 30).
type Settlement struct {
	ID     string        `json:"id"`
	Vendor string        `json:"vendor"`
	Payee  string        `json:"payee,omitempty"` // of the vendor's royalties; left out: the vendor
	State  State         `json:"status"`          // a [ledger.SettlementState]
	Amount ledger.Amount `json:"amount"`          // is paid out
	Fee    ledger.Amount `json:"fee"`
	Until  Time          `json:"until"` // what happened until then is in it

	Opening    ledger.Amount `json:"opening"`
	Sales      ledger.Amount `json:"sales"`
	Refunds    ledger.Amount `json:"refunds"`
	Disputes   ledger.Amount `json:"disputes"`
	Back       ledger.Amount `json:"back"` // payouts that came back
	Other      ledger.Amount `json:"other"`
	Commission ledger.Amount `json:"commission"`
	Royalties  ledger.Amount `json:"royalties"`
	Carried    ledger.Amount `json:"carried"` // owed after it: too young, kept, or too little
	Reserve    ledger.Amount `json:"reserve"` // of that, kept
	Lines      uint64        `json:"lines"`

	Digest  string `json:"statement_sha256,omitempty"`
	Head    string `json:"journal_head"` // the hash of the entry that sealed it
	Way     string `json:"way"`
	To      string `json:"to"`
	Account string `json:"account,omitempty"` // masked: the bank account that it went to
	Gateway string `json:"gateway,omitempty"` // what the operator's gateway said last
	Run     uint64 `json:"run"`
	File    string `json:"file,omitempty"`
	Before  string `json:"pays_again,omitempty"` // the returned settlement
	After   string `json:"paid_again_by,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Created Time   `json:"created"`
	Updated Time   `json:"updated"`
}

// Facts are what is known of a settlement.
func (s Settlement) Facts(f Format) []Fact {
	all := []Fact{
		id("Settlement", s.ID),
		{Label: "Vendor", Value: s.Vendor},
		{Label: "Payee", Value: s.Payee},
		{Label: "State", Value: s.State.Words(), Tone: s.State.settling()},
		{Label: "Payout", Value: s.Amount.String(), Whole: true, Tone: Strong},
	}
	for _, l := range []struct {
		label string
		a     ledger.Amount
		shown bool
	}{
		{"Fee", s.Fee, s.Fee.Micros != 0},
		{"Opening", s.Opening, s.Digest != ""},
		{"Sales", s.Sales, s.Digest != ""},
		{"Refunds", s.Refunds, s.Refunds.Micros != 0},
		{"Disputes", s.Disputes, s.Disputes.Micros != 0},
		{"Came back", s.Back, s.Back.Micros != 0},
		{"Other", s.Other, s.Other.Micros != 0},
		{"Commission", s.Commission, s.Commission.Micros != 0},
		{"Royalties", s.Royalties, s.Royalties.Micros != 0},
		{"Carried", s.Carried, s.Digest != ""},
		{"Reserve", s.Reserve, s.Reserve.Micros != 0},
	} {
		fact := money(l.label, l.a)
		if !l.shown {
			fact.Value = ""
		}
		all = append(all, fact)
	}
	return append(
		all, Fact{Label: "Until", Value: f.Time(s.Until)}, Fact{Label: "Paid to", Value: s.To},
		Fact{Label: "Way", Value: s.Way}, Fact{Label: "Account", Value: s.Account},
		Fact{Label: "Gateway", Value: s.Gateway}, id("File", s.File), id("Pays again", s.Before),
		id("Paid again by", s.After),
		Fact{Label: "Reason", Value: s.Reason}, id("Statement SHA-256", s.Digest), id("Sealed by", s.Head),
	)
}

// settling is the tone of a state of a settlement.
func (s State) settling() Tone {
	switch ledger.SettlementState(s) {
	case ledger.SettlementPaid:
		return Good
	case ledger.SettlementFailed, ledger.SettlementReturned:
		return Bad
	case ledger.SettlementDue, ledger.SettlementHeld:
		return Warn
	}
	return Plain
}

// SettlementTable is a list of settlements.
func SettlementTable(all []Settlement, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Id", Name: "id"},
		{Title: "Vendor", Name: "vendor", Elastic: true},
		{Title: "Payee", Name: "payee", Drop: 1},
		{Title: "Until", Name: "until", Drop: 2},
		{Title: "Payout", Name: "amount", Right: true},
		{Title: "State", Name: "status"},
	}}
	for _, s := range all {
		t.Rows = append(t.Rows, []Cell{
			{s.ID, Plain},
			{s.Vendor, Plain},
			{s.Payee, Faint},
			{f.Time(s.Until), Faint},
			{s.Amount.String(), Strong},
			{s.State.Words(), s.State.settling()},
		})
	}
	t.AlignPoints(4, 0)
	return t
}

// SettlementQuery asks for settlements. The first of its fields that is set chooses the list.
type SettlementQuery struct {
	Paging
	Vendor, File string
	State        string
	Run          uint64
}

// SettlementStep moves a settlement, or all in a file, on.
type SettlementStep struct {
	ID     string // stl_… or pof_…
	Event  string // one of [ledger.PayoutApprove] and the others
	Reason string
	To     string // [ledger.PayoutReissue]: paid there; "": as before
}

// SettlementsMoved are settlements after a step.
type SettlementsMoved struct {
	Data List[Settlement] `json:"data"`
}

// Statement is the sealed statement of a settlement.
type Statement struct {
	Settlement Settlement         `json:"settlement"`
	Rows       List[StatementRow] `json:"rows"`
}

// StatementRow is a row of a statement. Amounts are decimal texts of the settlement's currency, as they are sealed.
type StatementRow struct {
	ID string `json:"id"` // of the sale, the refund, the dispute; of the settlement itself
	// Text is the row as it is sealed.
	Text       string `json:"-"`
	At         Time   `json:"at,omitzero"`
	Kind       string `json:"kind"`
	Gross      string `json:"gross,omitempty"`
	Commission string `json:"commission,omitempty"`
	Royalties  string `json:"royalties,omitempty"`
	Net        string `json:"net,omitempty"`
	Balance    string `json:"balance"`
	Hash       string `json:"hash,omitempty"` // of the entry in the journal
}

// CSV is the statement as a file: a line of titles, and a line for each row. Without its first column, which has the
// ids, and without the line of titles its SHA-256 is that of the settlement.
func (s Statement) CSV() string {
	var b strings.Builder
	b.WriteString("id," + ledger.StatementColumns + "\n")
	for _, r := range s.Rows {
		b.WriteString(r.ID + "," + r.Text + "\n")
	}
	return b.String()
}

// PayoutFile is a file of payouts. It was frozen once: its name and its bytes never change.
type PayoutFile struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Way      string        `json:"way"`
	Bank     string        `json:"bank_file,omitempty"` // what the bank calls it
	Payouts  uint64        `json:"payouts"`
	Total    ledger.Amount `json:"total"`
	Created  Time          `json:"created"`
	Digest   string        `json:"sha256"`
	Content  string        `json:"content,omitempty"` // left out where it has account numbers and was not asked for
	Waiting  uint64        `json:"waiting"`           // payouts of which it is not known how they ended
	Returned uint64        `json:"returned"`
	// NoAccount is how many others have to wait for a bank account, when it was made.
	NoAccount uint64 `json:"without_account,omitempty"`
	// Suspended is how many others wait because their vendor is suspended.
	Suspended uint64 `json:"vendor_suspended,omitempty"`
}

// Facts are what is known of a file of payouts.
func (p PayoutFile) Facts(f Format) []Fact {
	return []Fact{
		id("File", p.ID),
		{Label: "Name", Value: p.Name, Whole: true},
		{Label: "Way", Value: p.Way},
		id("At the bank", p.Bank),
		{Label: "Payouts", Value: digits(p.Payouts)},
		money("Total", p.Total),
		{Label: "Made", Value: f.Time(p.Created)},
		{Label: "Not known yet", Value: digits(p.Waiting)},
		p.without(),
		id("SHA-256", p.Digest),
	}
}

// without tells how many payouts did not leave, and what is to be done about it.
func (p PayoutFile) without() Fact {
	var all []string
	if p.NoAccount > 0 {
		all = append(all, Plural(p.NoAccount, "payout")+" without a bank account: vendor account set")
	}
	if p.Suspended > 0 {
		all = append(all, Plural(p.Suspended, "payout")+" of vendors that are suspended")
	}
	return Fact{Label: "Wait", Value: strings.Join(all, "; "), Tone: Warn}
}

// PayTerms are how a vendor is settled in one currency.
type PayTerms struct {
	Vendor     string          `json:"vendor"`
	Currency   ledger.Currency `json:"currency"`
	Own        bool            `json:"own"` // false: those of the policy
	Amount     ledger.Amount   `json:"from_amount"`
	After      Seconds         `json:"after_seconds"`
	Delay      Seconds         `json:"delay_seconds"`
	Reserve    string          `json:"reserve"`
	ReserveFor Seconds         `json:"reserve_seconds"`
	Minimum    ledger.Amount   `json:"minimum"`
	Fee        ledger.Amount   `json:"fee"`
	Auto       bool            `json:"auto"`
	Way        string          `json:"way"`
	To         string          `json:"to"`
	Words      string          `json:"words"`
	// Asked is what leads money elsewhere and waits for a second operator.
	Asked List[Ask] `json:"asked"`
}

// TermsTable is a list of terms.
func TermsTable(all []PayTerms, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Currency", Name: "currency"},
		{Title: "Of", Name: "own"},
		{Title: "Terms", Name: "words", Elastic: true},
	}}
	for _, v := range all {
		of := "the policy"
		if v.Own {
			of = v.Vendor
		}
		t.Rows = append(t.Rows, []Cell{{string(v.Currency), Plain}, {of, Faint}, {v.Words, Plain}})
	}
	return t
}

// TermsChange changes how a vendor, or one of its payees, is settled.
type TermsChange struct {
	Vendor   string
	Currency ledger.Currency
	Set      map[string]string // see [ledger.TermsChange]
	Default  bool
	Payee    string         // by name; then only To, Minimum and Wallet count
	To       string         // of a payee
	Minimum  *ledger.Amount // of a payee
	Wallet   string         // of a payee: its own
}
