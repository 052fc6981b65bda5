package books

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"iter"
	"time"

	"tuppence/server/ledger"
)

// Settling is a settlement of one till and of its vendor's payees as it was prepared on a snapshot: the long walk is
// done there, so that the transaction that writes it costs little. It holds for a later state of the books, too.
type Settling struct {
	till    ledger.Till
	vendor  ledger.Vendor
	policy  ledger.Policy
	at      time.Time
	asked   bool
	young   *ledger.Young
	to      ledger.EntryNo
	parties []*settlee
}

// settlee is one party of a settlement, and the lines of its statement.
type settlee struct {
	ledger.Party
	terms ledger.Terms
	last  ledger.Settlement
	lines []ledger.Line // the newest first
	sum   ledger.Tally
	rows  hash.Hash // of the rows before the payout
	due   bool
}

// SettleOrder says what is to be settled.
type SettleOrder struct {
	Vendor   ledger.VendorID
	Currency ledger.Currency
	At       time.Time
	Asked    bool // see [ledger.SettleFacts]
	Auto     bool // only where the terms say that no person is needed
}

// Settling prepares the settlement of a till; nil if nothing is due. It reads the entries of the vendor since the last
// settlement of what is due, and those that are too young: never all of its history.
func (r Reader) Settling(o SettleOrder) (*Settling, error) {
	g := &Settling{at: o.At, asked: o.Asked}
	var err error
	if g.till, _, err = r.Till(o.Vendor, o.Currency); err != nil {
		return nil, err
	}
	var found bool
	if g.vendor, found, err = r.Vendor(o.Vendor); err != nil || !found {
		return nil, err
	}
	if g.policy, _, err = r.Policy(); err != nil {
		return nil, err
	}
	terms := g.vendor.TermsIn(o.Currency, g.policy)
	if o.Auto && !terms.Auto {
		return nil, nil
	}
	if err := g.candidates(r, terms); err != nil || len(g.parties) == 0 {
		return nil, err
	}
	if err := g.walk(r, o.At.Add(-terms.Delay)); err != nil {
		return nil, err
	}
	for _, p := range g.parties {
		if p.due {
			p.seal()
		}
	}
	return g, nil
}

// candidates are the parties that could be due if nothing of theirs was too young.
func (g *Settling) candidates(r Reader, terms ledger.Terms) error {
	v, c := g.vendor.ID, g.till.Currency
	all := []*settlee{{Party: ledger.Party{Vendor: v, Currency: c}, terms: terms}}
	named, err := r.PayeesOf(v)
	if err != nil {
		return err
	}
	for _, n := range named {
		all = append(all, &settlee{
			Party: ledger.Party{Vendor: v, Payee: n.ID, Currency: c}, terms: terms.For(g.vendor, n.ID, n.Name),
		})
	}
	for _, p := range all {
		if p.last, err = r.LastSettlement(p.Party); err != nil {
			return err
		}
		if p.last.No != 0 && !g.at.After(p.last.At) { // the period is closed: a run that goes on does not pay twice
			continue
		}
		f, err := g.facts(r, p, g.till)
		if err != nil {
			return err
		}
		if _, p.due = f.Plan(); p.due {
			g.parties = append(g.parties, p)
		}
	}
	return nil
}

// facts are those of one party with a till as it is; nothing counts as too young.
func (g *Settling) facts(r Reader, p *settlee, t ledger.Till) (f ledger.SettleFacts, err error) {
	f = ledger.SettleFacts{
		Policy: g.policy, Vendor: g.vendor, Party: p.Party, Terms: p.terms, Last: p.last, At: g.at, Asked: g.asked,
		Pending: t.Pending, Free: t.Available, Reserve: t.Reserve,
	}
	if p.Payee != 0 {
		f.Free, f.Reserve = 0, 0
		f.Pending, err = r.Royalties(p.Payee, p.Currency)
	}
	return f, err
}

// walk reads the entries of the vendor from the newest down: first those that are too young, then, for what is still
// due, those of its period.
func (g *Settling) walk(r Reader, cut time.Time) error {
	g.young = ledger.NewYoung(g.vendor.ID, cut)
	young, from := true, ledger.EntryNo(0)
	err := r.VendorDown(g.vendor.ID, g.till.Currency, g.till.Last, func(rec Record) (bool, error) {
		if g.to == 0 && !rec.At.After(g.at) {
			g.to = rec.No
		}
		if young && !g.young.Add(rec.Entry) {
			young = false
			var err error
			if from, err = g.decide(r); err != nil {
				return false, err
			}
		}
		if !young && rec.No <= from {
			return false, nil
		}
		for _, p := range g.parties {
			if g.to == 0 || !p.due || rec.No <= p.last.To {
				continue
			}
			if l, ok := LineOf(rec, p.Party); ok {
				p.lines, p.sum = append(p.lines, l), p.sum.Add(l)
			}
		}
		return true, nil
	})
	if err == nil && young {
		_, err = g.decide(r)
	}
	return err
}

// decide tells who is still due now that it is known what is too young, and how far back the walk has to go.
func (g *Settling) decide(r Reader) (from ledger.EntryNo, err error) {
	from = g.till.Last
	for _, p := range g.parties {
		f, err := g.facts(r, p, g.till)
		if err != nil {
			return 0, err
		}
		f.Young = g.young.Of(p.Party)
		if _, p.due = f.Plan(); !p.due {
			p.lines = nil
			continue
		}
		from = min(from, p.last.To)
	}
	return from, nil
}

// seal adds the rows before the payout to the digest, and lets the lines go.
func (p *settlee) seal() {
	p.rows = sha256.New()
	s := ledger.Settlement{Opening: p.last.Closing}
	n := 1 + len(p.lines) // opening and lines
	for row := range s.Rows(upward(p.lines)) {
		if n--; n < 0 {
			break
		}
		p.rows.Write([]byte(row.Text() + "\n"))
	}
	p.lines = nil
}

// digest is that of the whole statement: what was sealed, and the rows behind it.
func (p *settlee) digest(s ledger.Settlement) (sum [32]byte, err error) {
	again, ok := p.rows.(hash.Cloner)
	if !ok {
		return sum, fmt.Errorf("books: %T cannot be cloned", p.rows)
	}
	h, err := again.Clone()
	if err != nil {
		return sum, err
	}
	s.Opening += s.Sum.Net // the lines are sealed already
	skipped := false
	for row := range s.Rows(noLines) {
		if skipped {
			h.Write([]byte(row.Text() + "\n"))
		}
		skipped = true
	}
	return [32]byte(h.Sum(nil)), nil
}

// noLines are the lines of an empty statement.
var noLines iter.Seq2[ledger.Line, error] = func(func(ledger.Line, error) bool) {}

// maxSettled bounds the settlements of one commit: a vendor may have any number of payees.
const maxSettled = 200

// Settle writes what was prepared, as far as it is still due: a refund that was made meanwhile counts, and what another
// run has settled is left. What it returns was opened; more says that it has to be prepared and written again for the
// rest.
func (t Tx) Settle(
	g *Settling, run uint64, a ledger.Actor, now time.Time,
) (made []ledger.Settlement, more bool, err error) {
	till, _, err := t.Till(g.vendor.ID, g.till.Currency)
	if err != nil {
		return nil, false, err
	}
	later, err := t.earnedSince(g.till)
	if err != nil {
		return nil, false, err
	}
	for _, p := range g.parties {
		if !p.due {
			continue
		}
		if len(made) == maxSettled {
			return made, true, nil
		}
		s, opened, err := t.settleOne(g, p, till, later, run, a, now)
		if err != nil {
			return nil, false, err
		}
		if opened {
			made = append(made, s)
		}
	}
	return made, false, nil
}

func (t Tx) settleOne(
	g *Settling, p *settlee, till ledger.Till, later *ledger.Young, run uint64, a ledger.Actor, now time.Time,
) (s ledger.Settlement, opened bool, err error) {
	last, err := t.LastSettlement(p.Party)
	if err != nil || last.No != p.last.No {
		return s, false, err
	}
	f, err := g.facts(t.Reader, p, till)
	if err != nil {
		return s, false, err
	}
	f.Young, f.Run = g.young.Of(p.Party)+later.Of(p.Party), run
	plan, due := f.Plan()
	if !due {
		return s, false, nil
	}
	if f.No, err = t.Next(); err != nil {
		return s, false, err
	}
	s = ledger.Settlement{From: p.last.To, To: max(g.to, p.last.To), Opening: p.last.Closing, Sum: p.sum}
	out := f.OpenSettlement(plan, s, a, now)
	if out.Settlement.Digest, err = p.digest(out.Settlement); err != nil {
		return s, false, err
	}
	out.Entry.Settlement = &out.Settlement
	if _, err := t.Append(out.Entry); err != nil {
		return s, false, err
	}
	return out.Settlement, true, t.PutSettlement(out.Settlement)
}
