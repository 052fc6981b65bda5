package server

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// filePayouts bounds the payouts of one file, paidPage how many of them are marked in one commit.
	filePayouts = 400
	paidPage    = 250
)

// listWay is a way whose file is a list for a person, or of what the operator's gateway is told.
type listWay string

// Way is its name.
func (w listWay) Way() string { return string(w) }

// Ending is that of a list.
func (listWay) Ending() string { return ".csv" }

// Currency is any.
func (listWay) Currency() ledger.Currency { return "" }

// Banks is false: the operator knows what it calls the accounts.
func (listWay) Banks() bool { return false }

// Order is the name itself.
func (listWay) Order(_ uint64, name string) string { return name }

// Write returns the list.
func (listWay) Write(b funding.PayoutBatch) ([]byte, error) { return payoutCSV(b) }

// payoutCSV is a list for a person or for the bank's own program (RFC 4180). No text in it has a comma or a quote that
// is not quoted.
func payoutCSV(b funding.PayoutBatch) ([]byte, error) {
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
	if err := tx.PutSettlement(out.Settlement); err != nil {
		return out, err
	}
	return out, forgetUnused(tx, out.Settlement, at)
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
		if err := s.mayStep(t, q.Event); err != nil {
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
		if err := endJob(tx, out.Settlement, "A person said so.", at); err != nil {
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
	v, _, err := tx.Vendor(f.Settlement.Vendor)
	if err != nil {
		return page, err
	}
	if f.Way, err = wayOf(tx.Reader, v, f.Settlement, f.Policy); err != nil {
		return page, err
	}
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
			for _, t := range list { // before any of them is marked: what has ended says nothing of the others
				if err := s.mayStep(t, ledger.PayoutPaid); err != nil {
					return err
				}
			}
			n := 0
			for _, t := range slices.Backward(list) {
				if t.State != ledger.SettlementSubmitted || n == paidPage {
					continue
				}
				f := ledger.PayoutFacts{Policy: p, Settlement: t, Staff: st}
				out, err := putStep(tx, f, ledger.PayoutStep{Event: ledger.PayoutPaid, Actor: staffActor(st)}, at)
				if err != nil {
					return err
				}
				if err := endJob(tx, out.Settlement, "A person said so.", at); err != nil {
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
