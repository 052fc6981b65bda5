package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// What came without a good reference is nobody's until a person decides: matched it is a new deposit, returned it is
// gone, and nothing is decided twice.
func TestReceiptIsDecidedOnce(t *testing.T) {
	d := newDesk(t, 2000)
	q := view.UnallocatedRequest{Amount: eur(2000), Source: "check", Text: "no reference", Mark: "0815"}
	r, err := d.ReceiptAdd(d.ctx, d.mia, q)
	must(t, err)
	is(t, "state", r.State, view.State(ledger.ReceiptUnallocated))
	if _, err := d.ReceiptAdd(d.ctx, d.mia, q); !errors.Is(err, ledger.ErrState) {
		t.Errorf("presented twice: %v", err)
	}
	before, ann := d.balance(d.ann), d.user(d.ann).Handle
	m, err := d.ReceiptMatch(d.ctx, d.mia, r.ID, ann, "the letter says so")
	must(t, err)
	is(t, "matched", m.State, view.State(ledger.ReceiptMatched))
	is(t, "balance", d.balance(d.ann), before+eur(2000).Micros)
	all, err := d.Deposits(d.ctx, d.ann, view.Paging{})
	must(t, err)
	is(t, "deposit", all[0].ID, m.Deposit)
	is(t, "its state", all[0].State, view.State(ledger.DepositCleared))
	for name, again := range map[string]func() error{
		"match":  func() error { _, err := d.ReceiptMatch(d.ctx, d.max, r.ID, ann, "x"); return err },
		"return": func() error { _, err := d.ReceiptReturn(d.ctx, d.max, r.ID, "x"); return err },
	} {
		if err := again(); !errors.Is(err, ledger.ErrState) {
			t.Errorf("%s of a receipt that is decided: %v", name, err)
		}
	}
	q.Mark = "0816"
	r, err = d.ReceiptAdd(d.ctx, d.mia, q)
	must(t, err)
	r, err = d.ReceiptReturn(d.ctx, d.mia, r.ID, "nobody knows it")
	must(t, err)
	is(t, "returned", r.State, view.State(ledger.ReceiptReturned))
	page, err := d.DeskReceipts(d.ctx, d.mia, view.DeskQuery{})
	must(t, err)
	is(t, "rows that wait", len(page.Data), 0)
}

// Staff credit nothing to their own wallet, and above the bound decide nothing that they have entered, with whichever
// key; users neither see receipts nor book them.
func TestReceiptNeedsAnother(t *testing.T) {
	d := newDesk(t, 2000)
	ann, mias := d.user(d.ann).Handle, d.user(caller("mia's wallet")).Handle
	r, err := d.ReceiptAdd(d.ctx, d.mia, view.UnallocatedRequest{Amount: eur(500_000), Source: "bank"})
	must(t, err)
	small, err := d.ReceiptAdd(d.ctx, d.max, view.UnallocatedRequest{Amount: eur(100), Source: "bank"})
	must(t, err)
	for name, no := range map[string]func() error{
		"match":     func() error { _, err := d.ReceiptMatch(d.ctx, d.mia, r.ID, ann, "x"); return err },
		"other key": func() error { _, err := d.ReceiptMatch(d.ctx, d.both, r.ID, ann, "x"); return err },
		"return":    func() error { _, err := d.ReceiptReturn(d.ctx, d.mia, r.ID, "x"); return err },
		"own":       func() error { _, err := d.ReceiptMatch(d.ctx, d.mia, small.ID, mias, "x"); return err },
		"user": func() error {
			_, err := d.ReceiptAdd(d.ctx, d.ann, view.UnallocatedRequest{Amount: eur(1), Source: "bank"})
			return err
		},
		"user's match": func() error { _, err := d.ReceiptMatch(d.ctx, d.ann, small.ID, ann, "x"); return err },
		"user's look":  func() error { _, err := d.DeskReceipts(d.ctx, d.ann, view.DeskQuery{}); return err },
	} {
		if err := no(); !errors.Is(err, ledger.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.ReceiptMatch(d.ctx, d.max, r.ID, ann, "x"); !errors.Is(err, ledger.ErrLimit) {
		t.Errorf("more than a day may have: %v", err)
	}
	_, err = d.ReceiptReturn(d.ctx, d.max, r.ID, "nobody knows it")
	must(t, err)
}

// One slip of the pen in a reference is proposed where the amount is the same too, and never acted upon.
func TestSlipInAReferenceIsProposed(t *testing.T) {
	d := newDesk(t, 3300)
	c := d.fresh // announced
	last := len(c.Reference) - 1
	slip := c.Reference[:last] + string('0'+(c.Reference[last]-'0'+1)%10)
	for text, near := range map[string]bool{slip: true, slip[:last-1] + "xx": false, "": false} {
		r, err := d.ReceiptAdd(d.ctx, d.mia, view.UnallocatedRequest{Amount: eur(3300), Source: "check", Text: text})
		must(t, err)
		is(t, text, r.Near, near)
		if near {
			is(t, "wallet", r.Handle, d.user(d.ann).Handle)
		}
	}
	r, err := d.ReceiptAdd(d.ctx, d.mia, view.UnallocatedRequest{Amount: eur(3301), Source: "check", Text: slip})
	must(t, err)
	is(t, "another amount", r.Near, false)
	r, err = d.ReceiptAdd(d.ctx, d.mia, view.UnallocatedRequest{Amount: eur(3301), Source: "check", Text: c.Reference})
	must(t, err)
	is(t, "the right reference, another amount", r.Deposit, c.ID)

	// Whose wallet a proposal shows is written down as any other look.
	_, err = d.DeskReceipts(d.ctx, d.max, view.DeskQuery{Text: slip})
	must(t, err)
	log, err := d.StaffLog(d.ctx, d.operator, view.AuditQuery{Paging: view.Paging{Limit: 1}})
	must(t, err)
	is(t, "look", log.Data[0].Act+" "+log.Data[0].Handle, "desk receipts "+d.user(d.ann).Handle)
}

// besides is a processor that says that something came beside an order.
type besides struct {
	*processor
	micros int64
}

func (p *besides) Lookup(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	out, err := p.processor.Lookup(ctx, o)
	out.Beside = ledger.Amount{Micros: p.micros, Currency: "EUR"}
	return out, err
}

// What came beside an order, too much or too late, is kept apart once, however often the processor tells of it; what
// comes later is another receipt.
func TestWhatCameBesideIsKeptApart(t *testing.T) {
	f, p, ann, d := ordered(t)
	b := &besides{processor: p}
	f.methods[0] = b
	p.orders[d.ID], b.micros = ledger.DepositExpired, eur(400).Micros
	for _, event := range []string{"evt_1", "evt_2", "evt_2"} {
		must(t, p.tells(f, event, d))
	}
	b.micros = eur(1000).Micros
	f.time.Pass(2 * time.Hour)
	f.Sweep(f.ctx)
	must(t, p.tells(f, "evt_3", d))
	page, err := f.DeskReceipts(f.ctx, f.operator, view.DeskQuery{})
	must(t, err)
	is(t, "receipts", len(page.Data), 2)
	var sum int64
	for _, r := range page.Data {
		sum += r.Amount.Micros
		is(t, "for", r.Deposit, d.ID)
	}
	is(t, "kept apart", sum, eur(1000).Micros)
	is(t, "balance", f.balance(ann), 0)
	_, err = f.ReceiptMatch(f.ctx, f.operator, page.Data[0].ID, page.Data[0].Handle, "it was late")
	must(t, err)
	is(t, "balance after the match", f.balance(ann), page.Data[0].Amount.Micros)
}

// What a representative types of a receipt is kept whole, or refused.
func TestReceiptsAreNotCut(t *testing.T) {
	d := newDesk(t, 2000)
	for _, q := range []view.UnallocatedRequest{
		{Source: strings.Repeat("s", 31)},
		{Source: "check", Mark: strings.Repeat("m", 101)},
		{Source: "check", Text: strings.Repeat("t", 141)},
		{Source: "check", Note: strings.Repeat("n", 501)},
	} {
		q.Amount = eur(100)
		d.refused(ledger.ErrInvalid, func() error { _, err := d.ReceiptAdd(d.ctx, d.mia, q); return err })
	}
}
