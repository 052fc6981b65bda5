package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// filePayouts bounds the payouts of one file, paidPage how many of them are marked in one commit.
	filePayouts = 400
	paidPage    = 250
)

// PayoutBatch is the frozen rows of one file, in their order.
type PayoutBatch struct {
	Name    string // of the file, without its ending
	Created time.Time
	Total   ledger.Amount
	Rows    []PayoutRow
}

// PayoutRow is one payout of a file.
type PayoutRow struct {
	ID     string // its name, unique for ever
	To     string // what the operator calls the account
	Payee  string // who is paid, for people
	Amount ledger.Amount
}

// payoutWay turns a batch into the bytes of one file. It knows nothing but the batch, so the same file can be sent
// again at any time.
type payoutWay struct {
	ending string
	write  func(PayoutBatch) ([]byte, error)
}

// payoutWays are the ways in which payouts leave, by the names that stand in the terms.
var payoutWays = map[string]payoutWay{ledger.WayCSV: {".csv", payoutCSV}}

// payoutCSV is a list for a person or for the bank's own program (RFC 4180). No text in it has a comma or a quote that
// is not quoted.
func payoutCSV(b PayoutBatch) ([]byte, error) {
	var out strings.Builder
	out.WriteString("payout,to,name,amount,currency\r\n")
	for _, r := range b.Rows {
		for i, cell := range []string{r.ID, r.To, r.Payee, r.Amount.Number(), string(r.Amount.Currency)} {
			if i > 0 {
				out.WriteByte(',')
			}
			if strings.ContainsAny(cell, "\",\r\n") || strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") ||
				strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "-") { // no spreadsheet takes it for a formula
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			out.WriteString(cell)
		}
		out.WriteString("\r\n")
	}
	return []byte(out.String()), nil
}

// PayoutSubmit puts what is approved in a currency into a new file, at most 400 payouts. From then on its name
// and its bytes are fixed. It refuses with ErrNotAllowed a caller who is no operator, and with ErrState if nothing is
// approved.
func (s *Server) PayoutSubmit(
	ctx context.Context, who view.Caller, c ledger.Currency,
) (v view.PayoutFile, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "payout submit", func(tx books.Tx, st ledger.Staff) error {
		file, err := tx.Next()
		if err != nil {
			return err
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		n := 0
		for behind := ledger.EntryNo(0); n < filePayouts; {
			list, err := tx.SettlementsUp(ledger.SettlementApproved, behind, duePage)
			if err != nil {
				return err
			}
			for _, t := range list {
				if behind = t.No; t.Amount.Currency != c || t.Way != ledger.WayCSV || n == filePayouts {
					continue
				}
				f := ledger.PayoutFacts{Policy: p, Settlement: t, Staff: st}
				step := ledger.PayoutStep{Event: ledger.PayoutSubmit, File: file, Actor: staffActor(st)}
				if _, err := putStep(tx, f, step, at); err != nil {
					return err
				}
				n++
			}
			if len(list) < duePage {
				break
			}
		}
		if n == 0 {
			return ledger.Refuse(ledger.ErrState, "Look at: settlements --state due", "No payout in %s is approved.", c)
		}
		v, err = s.payoutFile(tx.Reader, file)
		return err
	})
	return v, err
}

// putStep decides a step of a settlement and writes it.
func putStep(
	tx books.Tx, f ledger.PayoutFacts, q ledger.PayoutStep, at time.Time,
) (out ledger.SettlementOutcome, err error) {
	if f.No, err = tx.Next(); err != nil {
		return out, err
	}
	if out, err = ledger.DecidePayout(q, f, at); err != nil {
		return out, err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return out, err
	}
	return out, tx.PutSettlement(out.Settlement)
}

// PayoutFile returns a file of payouts with its bytes. It refuses with ErrNotAllowed a caller who is no operator, and
// with ErrNotFound.
func (s *Server) PayoutFile(ctx context.Context, who view.Caller, id string) (v view.PayoutFile, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		no, err := s.seal.OpenPayoutFile(strings.TrimSpace(id))
		if err != nil {
			return ledger.RefuseNotFound("file of payouts")
		}
		v, err = s.payoutFile(r, no)
		return err
	})
	return v, err
}

// payoutFile makes the bytes of a file from its frozen rows.
func (s *Server) payoutFile(r books.Reader, no ledger.EntryNo) (v view.PayoutFile, err error) {
	rec, _, err := r.Entry(no)
	if err != nil {
		return v, err
	}
	list, err := r.Settlements(books.SettlementQuery{File: no}, 0)
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, ledger.RefuseNotFound("file of payouts")
	}
	slices.Reverse(list)
	b := PayoutBatch{Name: s.seal.PayoutFile(no), Created: rec.At, Total: ledger.Amount{Currency: list[0].Amount.Currency}}
	for _, t := range list {
		vendor, payee, err := partyNames(r, t)
		if err != nil {
			return v, err
		}
		if payee != "" {
			vendor += "/" + payee
		}
		b.Total.Micros += t.Amount.Micros
		b.Rows = append(b.Rows, PayoutRow{ID: s.seal.Settlement(t.No), To: t.PayTo, Payee: vendor, Amount: t.Amount})
		switch t.State {
		case ledger.SettlementSubmitted:
			v.Waiting++
		case ledger.SettlementReturned, ledger.SettlementReissued:
			v.Returned++
		}
	}
	way := payoutWays[list[0].Way]
	content, err := way.write(b)
	sum := sha256.Sum256(content)
	v.ID, v.Name, v.Way, v.Payouts, v.Total = b.Name, b.Name+way.ending, list[0].Way, uint64(len(list)), b.Total
	v.Created, v.Digest, v.Content = view.At(b.Created), hex.EncodeToString(sum[:]), string(content)
	return v, err
}

// SettlementStep moves a settlement on: approve, hold, paid, fail, return, reissue. The name of a file means all of its
// payouts of which it is not known how they ended, and only paid. It refuses with ErrNotFound, with ErrState what
// cannot follow, with ErrInvalid a missing reason, and with ErrNotAllowed a caller who is no operator, and the person
// who ran a settlement that another one has to approve.
func (s *Server) SettlementStep(
	ctx context.Context, who view.Caller, q view.SettlementStep,
) (page view.Page[view.Settlement], err error) {
	if strings.HasPrefix(q.ID, "pof_") && q.Event == ledger.PayoutPaid {
		return s.filePaid(ctx, who, q.ID)
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "payout "+q.Event, func(tx books.Tx, st ledger.Staff) error {
		page = view.Page[view.Settlement]{}
		t, err := s.settlementNamed(tx.Reader, q.ID)
		if err != nil {
			return err
		}
		f, err := payoutFacts(tx, t, st)
		if err != nil {
			return err
		}
		if q.Event == ledger.PayoutReissue {
			page, err = s.reissue(tx, f, q, at)
			return err
		}
		out, err := putStep(tx, f, ledger.PayoutStep{Event: q.Event, Reason: q.Reason, Actor: staffActor(st)}, at)
		if err != nil {
			return err
		}
		v, err := s.settlementView(tx.Reader, out.Settlement)
		page = view.All([]view.Settlement{v})
		return err
	})
	if err == nil {
		s.webhooks.Wake()
	}
	return page, err
}

// payoutFacts reads what a step of a settlement needs.
func payoutFacts(tx books.Tx, t ledger.Settlement, st ledger.Staff) (f ledger.PayoutFacts, err error) {
	f = ledger.PayoutFacts{Settlement: t, Staff: st}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if t.Runner != "" {
		if f.Runner, _, err = tx.Staff(t.Runner); err == nil {
			f.Runner, err = withWallet(tx.Reader, f.Runner)
		}
		if err != nil {
			return f, err
		}
	}
	f.No, err = tx.Next()
	return f, err
}

// reissue pays a returned settlement again.
func (s *Server) reissue(
	tx books.Tx, f ledger.PayoutFacts, q view.SettlementStep, at time.Time,
) (page view.Page[view.Settlement], err error) {
	old, fresh, err := ledger.DecideReissue(f, q.To, q.Reason, staffActor(f.Staff), at)
	if err != nil {
		return page, err
	}
	for _, out := range []ledger.SettlementOutcome{old, fresh} {
		if _, err := tx.Append(out.Entry); err != nil {
			return page, err
		}
		if err := tx.PutSettlement(out.Settlement); err != nil {
			return page, err
		}
	}
	for _, out := range []ledger.SettlementOutcome{fresh, old} {
		v, err := s.settlementView(tx.Reader, out.Settlement)
		if err != nil {
			return page, err
		}
		page.Data = append(page.Data, v)
	}
	return page, nil
}

// filePaid marks the payouts of a file as paid, so many in a commit; those that have failed or come back stay so. It
// shows at most a page of them.
func (s *Server) filePaid(
	ctx context.Context, who view.Caller, id string,
) (page view.Page[view.Settlement], err error) {
	at := s.clock()
	for more := true; more; {
		err = s.updateStaff(ctx, who, operatorOnly, "payout paid", func(tx books.Tx, st ledger.Staff) error {
			no, err := s.seal.OpenPayoutFile(strings.TrimSpace(id))
			if err != nil {
				return ledger.RefuseNotFound("file of payouts")
			}
			p, err := policy(tx.Reader)
			if err != nil {
				return err
			}
			list, err := tx.Settlements(books.SettlementQuery{File: no}, 0)
			if err != nil {
				return err
			}
			n := 0
			for _, t := range slices.Backward(list) {
				if t.State != ledger.SettlementSubmitted || n == paidPage {
					continue
				}
				f := ledger.PayoutFacts{Policy: p, Settlement: t, Staff: st}
				if _, err := putStep(tx, f, ledger.PayoutStep{Event: ledger.PayoutPaid, Actor: staffActor(st)}, at); err != nil {
					return err
				}
				n++
			}
			if more = n == paidPage; len(list) == 0 {
				return ledger.RefuseNotFound("file of payouts")
			}
			page, err = s.settlementPage(tx.Reader, books.SettlementQuery{File: no}, view.Paging{Limit: view.MaxRows})
			return err
		})
		if err != nil {
			return page, err
		}
	}
	s.webhooks.Wake()
	return page, nil
}
