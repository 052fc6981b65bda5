package ledger

import (
	"encoding/hex"
	"iter"
	"strings"
	"time"
)

// Line is what one entry of the journal means in the statement of a vendor or a payee. Amounts are micros, positive for
// what it gets.
type Line struct {
	No                    EntryNo
	At                    time.Time
	Kind                  string // sale, refund, dispute, payout, other
	Gross                 int64
	Commission, Royalties int64 // what others got of it, so negative for a sale
	Net                   int64
	Cause                 EntryNo  // the sale of a refund or a dispute
	Hash                  [32]byte // of the entry: it seals all before it
}

// Kinds of lines.
const (
	LineSale    = "sale"
	LineRefund  = "refund"
	LineDispute = "dispute"
	LinePayout  = "payout" // one that failed: the money is back
	// LineReferral is what users have earned the vendor that has brought them, since the line before.
	LineReferral = "referral"
	LineOther    = "other"
)

// LineOf returns the line of an entry in the statement of a party; false if there is none. That a settlement was opened
// is no line: it is the end of its own statement.
func (e Entry) LineOf(p Party) (l Line, ok bool) {
	if e.Kind == KindSettlement || e.Vendor != p.Vendor || e.Amount.Currency != p.Currency {
		return l, false
	}
	for _, g := range e.Postings {
		switch {
		case p.Owns(g.Account):
			l.Net -= g.Micros
		case p.Payee != 0:
		case g.Account.Class == Commission:
			l.Commission += g.Micros
		case g.Account.Class == RoyaltyPayable && e.Kind != KindPayout:
			l.Royalties += g.Micros
		}
	}
	if l.Net == 0 {
		return l, false
	}
	l.No, l.At, l.Cause, l.Gross = e.No, e.At, e.Cause, l.Net-l.Commission-l.Royalties
	switch {
	case e.Kind == KindPurchase || e.Kind == KindCapture:
		l.Kind = LineSale
	case e.Kind == KindRefund:
		l.Kind = LineRefund
	case e.Kind == KindPayout:
		l.Kind = LinePayout
	case e.Dispute != nil:
		l.Kind = LineDispute
	case e.Kind == KindReferral:
		l.Kind = LineReferral
	default:
		l.Kind = LineOther
	}
	return l, true
}

// Tally is the sum of lines, in micros.
type Tally struct {
	Lines                                 uint64
	Sold, Refunded, Disputed, Back, Other int64 // gross
	Commission, Royalties                 int64
	Net                                   int64
}

// Add returns the sum with one line more.
func (t Tally) Add(l Line) Tally {
	t.Lines++
	switch l.Kind {
	case LineSale:
		t.Sold += l.Gross
	case LineRefund:
		t.Refunded += l.Gross
	case LineDispute:
		t.Disputed += l.Gross
	case LinePayout:
		t.Back += l.Gross
	default:
		t.Other += l.Gross
	}
	t.Commission, t.Royalties, t.Net = t.Commission+l.Commission, t.Royalties+l.Royalties, t.Net+l.Net
	return t
}

// Minus returns the sum without those lines.
func (t Tally) Minus(o Tally) Tally {
	return Tally{
		t.Lines - o.Lines, t.Sold - o.Sold, t.Refunded - o.Refunded, t.Disputed - o.Disputed, t.Back - o.Back,
		t.Other - o.Other, t.Commission - o.Commission, t.Royalties - o.Royalties, t.Net - o.Net,
	}
}

// StatementRow is a row of a statement: a line, or one of those around them: opening, payout, fee, carried.
type StatementRow struct {
	Line
	Balance int64
}

// Rows are the rows of a statement, made of the lines of its period, the oldest first.
func (s Settlement) Rows(lines iter.Seq2[Line, error]) iter.Seq2[StatementRow, error] {
	return func(yield func(StatementRow, error) bool) {
		balance := s.Opening
		row := func(kind string, net int64) bool {
			balance += net
			return yield(StatementRow{Line{Kind: kind, At: s.At, Net: net}, balance}, nil)
		}
		if !yield(StatementRow{Line{Kind: "opening"}, balance}, nil) {
			return
		}
		for l, err := range lines {
			if balance += l.Net; !yield(StatementRow{l, balance}, err) || err != nil {
				return
			}
		}
		if !row("payout", -s.Amount.Micros) || s.Fee != 0 && !row("fee", -s.Fee) {
			return
		}
		yield(StatementRow{Line{Kind: "carried", At: s.At}, balance}, nil)
	}
}

// StatementColumns are the columns of a row's text.
const StatementColumns = "at,kind,gross,commission,royalties,net,balance,hash"

// Text is the row as it is sealed and printed: values with commas between them. The digest of a statement is over the
// texts of all its rows, each with a line feed.
func (r StatementRow) Text() string {
	var b strings.Builder
	if !r.At.IsZero() {
		b.WriteString(r.At.UTC().Format("2006-01-02T15:04:05.000000Z"))
	}
	b.WriteString("," + r.Kind)
	for i, n := range []int64{r.Gross, r.Commission, r.Royalties, r.Net, r.Balance} {
		b.WriteByte(',')
		if r.No != 0 || i > 3 || i == 3 && n != 0 {
			b.Write(AppendMicros(nil, n))
		}
	}
	b.WriteByte(',')
	if r.No != 0 {
		b.WriteString(hex.EncodeToString(r.Hash[:]))
	}
	return b.String()
}

// Young adds up how much of what a vendor and its payees have earned is too young to be paid out. It is told the
// entries of the vendor, the newest first, and ends at the first that is old enough.
type Young struct {
	vendor VendorID
	cut    time.Time
	oldest EntryNo // of the young ones
	earned map[Account]int64
	taken  []takenFrom
}

// takenFrom is what a return took of a sale.
type takenFrom struct {
	cause EntryNo
	Posting
}

// NewYoung counts what a vendor has earned after an instant.
func NewYoung(v VendorID, cut time.Time) *Young {
	return &Young{vendor: v, cut: cut, earned: map[Account]int64{}}
}

// Add counts an entry, and returns whether older ones are to be looked at.
func (y *Young) Add(e Entry) bool {
	if !e.At.After(y.cut) {
		return false
	}
	y.Newer(e)
	y.oldest = e.No
	return true
}

// Newer counts an entry that is younger than all before, whatever its stamp is.
func (y *Young) Newer(e Entry) {
	if e.Kind == KindSettlement || e.Kind == KindPayout || e.Vendor != y.vendor {
		return
	}
	for _, g := range e.Postings {
		switch g.Account.Class {
		case VendorPending, RoyaltyPayable:
			if g.Micros < 0 {
				y.earned[g.Account] -= g.Micros
			} else {
				y.taken = append(y.taken, takenFrom{e.Cause, g})
			}
		}
	}
}

// Of returns how much of a party's money is too young: what was earned, less what was taken back of it.
func (y *Young) Of(p Party) int64 {
	a := Account{VendorPending, p.Currency, uint64(p.Vendor)}
	if p.Payee != 0 {
		a = p.account()
	}
	n := y.earned[a]
	for _, t := range y.taken {
		if t.Account == a && y.oldest != 0 && t.cause >= y.oldest {
			n -= t.Micros
		}
	}
	return max(n, 0)
}
