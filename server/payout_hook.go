package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/server/webhook"
)

// Payouts by the operator's own gateway. A payout and its job are one commit, before anything is sent: a crash loses
// neither. The gateway is told as often as it takes, under the same name, so it pays once. Only an answer that says so
// moves money: whatever else comes, the outcome is unknown, and it is asked or told again.

// gatewayPage is how many payouts are told at once; gatewayWaits how long one waits after a try, and gatewayAsks how
// long one that was accepted is not asked about.
const gatewayPage = 64

var (
	gatewayWaits = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}
	gatewayAsks  = []time.Duration{time.Minute, 10 * time.Minute, time.Hour}
)

// gateway is the operator's, and what wakes its worker.
type gateway struct {
	to   *webhook.Gateway
	woke chan struct{}
}

func newGateway(to *webhook.Gateway) gateway { return gateway{to, make(chan struct{}, 1)} }

// wake makes the worker look at once.
func (g gateway) wake() {
	select {
	case g.woke <- struct{}{}:
	default:
	}
}

// callGateway tells and asks the gateway until ctx ends.
func (s *Server) callGateway(ctx context.Context) {
	if s.gateway.to == nil {
		return
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		s.gatewayOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-s.gateway.woke:
		case <-tick.C:
		}
	}
}

// gatewayOnce does what is due, one payout after the other. One with which something is wrong holds no other; where the
// gateway does not answer at all the rest waits.
func (s *Server) gatewayOnce(ctx context.Context) {
	if s.gateway.to == nil {
		return
	}
	s.do(ctx, "payouts by the gateway", func(ctx context.Context) error {
		for more := true; more; {
			var due []books.PayoutJob
			err := s.view(ctx, func(r books.Reader) (err error) {
				due, err = r.DuePayoutJobs(s.clock(), gatewayPage)
				return err
			})
			if err != nil {
				return err
			}
			for _, j := range due {
				answered, err := s.onePayout(ctx, j)
				if err != nil || !answered || ctx.Err() != nil {
					return err
				}
			}
			more = len(due) == gatewayPage
		}
		return nil
	})
}

// onePayout tells or asks of one payout. If that goes wrong here, be it a panic, the payout is put off as one is to
// which there was no answer, so that it neither holds the others nor is tried without an end.
func (s *Server) onePayout(ctx context.Context, j books.PayoutJob) (answered bool, err error) {
	fault := safely(func() (err error) {
		answered, err = s.tellGateway(ctx, j)
		return err
	})
	if fault == nil || ctx.Err() != nil {
		return answered, nil
	}
	s.log.Warn("a payout cannot be told to the gateway", "payout", s.seal.Settlement(j.No), "error", fault)
	at := s.clock()
	return true, s.update(ctx, func(tx books.Tx) error {
		now, found, err := tx.PayoutJob(j.No)
		if err != nil || !found || now.Due.IsZero() {
			return err
		}
		line, _, _ := strings.Cut(fault.Error(), "\n")
		now.Tries, now.Updated = now.Tries+1, at
		now.Told, now.Due = ledger.CleanLine("not told: "+line, 140), after(at, gatewayWaits, now.Tries)
		return tx.PutPayoutJob(now)
	})
}

// after is when the next try is due behind so many of them.
func after(at time.Time, waits []time.Duration, tries uint32) time.Time {
	return at.Add(waits[min(max(int(tries), 1), len(waits))-1])
}

// gatewayOrder is what the gateway is told of a payout: the same bytes each time.
type gatewayOrder struct {
	ID       string           `json:"id"`
	Amount   string           `json:"amount"`
	Currency ledger.Currency  `json:"currency"`
	Payee    string           `json:"payee"`
	To       string           `json:"to"`
	Account  *funding.Account `json:"account,omitempty"`
	Created  view.Time        `json:"created"`
}

// tellGateway makes one call about a payout and writes what came of it; answered is false if nobody is there. What the
// books say at that moment decides: only a payout that is on its way is sent, whatever else it is about is asked.
func (s *Server) tellGateway(ctx context.Context, j books.PayoutJob) (answered bool, err error) {
	var body []byte
	over := false
	err = s.view(ctx, func(r books.Reader) error {
		now, found, err := r.PayoutJob(j.No)
		if over = !found || now.Due.IsZero(); err != nil || over {
			return err
		}
		t, found, err := r.Settlement(j.No)
		if err != nil || !found {
			return orMissing(err)
		}
		if j = now; !j.Accepted && atGateway(t) {
			body, err = s.gatewayBody(r, t)
		}
		return err
	})
	if err != nil || over {
		return true, err
	}
	id := s.seal.Settlement(j.No)
	var a webhook.GatewayAnswer
	var fault error
	if body == nil {
		a, fault = s.gateway.to.Status(ctx, id)
	} else {
		a, fault = s.gateway.to.Pay(ctx, id, body)
	}
	if ctx.Err() != nil {
		return false, nil // it is told again: nobody knows what came of it
	}
	return !errors.Is(fault, webhook.ErrGatewaySilent), s.gatewaySaid(ctx, j, a, fault)
}

// atGateway tells whether a payout is the gateway's to carry out.
func atGateway(t ledger.Settlement) bool {
	return t.Way == ledger.WayHook && t.State == ledger.SettlementSubmitted
}

// gatewayBody is what the gateway is told, with the account in plain if there is one.
func (s *Server) gatewayBody(r books.Reader, t ledger.Settlement) ([]byte, error) {
	row, err := s.payoutRow(r, t)
	if err != nil {
		return nil, err
	}
	o := gatewayOrder{
		ID: row.ID, Amount: row.Amount.Number(), Currency: row.Amount.Currency, Payee: row.Payee, To: row.To,
		Created: view.At(t.Created),
	}
	if t.Account != 0 {
		a, err := s.payeeAccount(r, t)
		if err != nil {
			return nil, err
		}
		o.Account = &a
	}
	return json.Marshal(o)
}

// gatewaySaid writes what a call has brought.
func (s *Server) gatewaySaid(ctx context.Context, j books.PayoutJob, a webhook.GatewayAnswer, fault error) error {
	at := s.clock()
	err := s.update(ctx, func(tx books.Tx) error {
		now, found, err := tx.PayoutJob(j.No)
		if err != nil || !found {
			return err
		}
		t, _, err := tx.Settlement(j.No)
		if err != nil {
			return err
		}
		now.Tries, now.Updated = now.Tries+1, at
		event := ""
		switch {
		case fault != nil:
			if now.Due = after(at, gatewayWaits, now.Tries); atGateway(t) {
				now.Told = ledger.CleanLine(fault.Error(), 140)
			}
		case !atGateway(t):
			now, event = gatewayAfterwards(now, t, a, at)
		case a.Unknown:
			now.Told, now.Accepted = "The gateway does not know it: it is sent again.", false
			now.Due = after(at, gatewayWaits, now.Tries)
		case a.Status == webhook.GatewayAccepted:
			if !now.Accepted {
				now.Tries = 1
			}
			now.Told, now.Due, now.Accepted = "accepted", after(at, gatewayAsks, now.Tries), true
		default:
			now.Told, now.Due, now.Accepted = gatewayWords(a), time.Time{}, true
			event = gatewayEvent(a.Status, t.State)
		}
		if event != "" {
			if _, err := moveByGateway(tx, t, event, a, at); err != nil {
				return err
			}
		}
		return tx.PutPayoutJob(now)
	})
	if err == nil {
		s.webhooks.Wake()
	}
	return err
}

// butHere is between what the gateway says of a payout and how it ended here, where that does not agree.
const butHere = ", but here it is "

// gatewayAfterwards is what an answer does about a payout that has ended here. It is not sent any more. If the gateway
// says now that it pays what was not paid here, money leaves twice: a person has to settle that with the gateway, which
// is asked until it agrees. What it has said before is no news.
func gatewayAfterwards(
	j books.PayoutJob, t ledger.Settlement, a webhook.GatewayAnswer, at time.Time,
) (now books.PayoutJob, event string) {
	words := gatewayWords(a)
	pays := a.Status == webhook.GatewayPaid || a.Status == webhook.GatewayAccepted
	known := strings.HasPrefix(j.Told, a.Status) && !strings.Contains(j.Told, butHere)
	j.Accepted, j.Due = true, time.Time{}
	switch event = gatewayEvent(a.Status, t.State); {
	case event != "":
	case pays && t.State != ledger.SettlementPaid && !known:
		words = ledger.CleanLine(words, 80) + butHere + view.State(t.State).Words()
		j.Due = after(at, gatewayAsks, j.Tries)
	case a.Status == webhook.GatewayAccepted: // a person has said that it was paid; it may say so itself
		j.Due = after(at, gatewayAsks, j.Tries)
	}
	j.Told = words
	return j, event
}

// gatewayWords tell what the gateway said.
func gatewayWords(a webhook.GatewayAnswer) string {
	if a.Unknown {
		return "The gateway does not know it."
	}
	if a.Reason == "" {
		return a.Status
	}
	return a.Status + ": " + a.Reason
}

// gatewayEvent is what an answer does to a payout, "" for nothing.
func gatewayEvent(status string, state ledger.SettlementState) string {
	submitted, paid := state == ledger.SettlementSubmitted, state == ledger.SettlementPaid
	switch {
	case status == webhook.GatewayPaid && submitted:
		return ledger.PayoutPaid
	case status == webhook.GatewayFailed && submitted:
		return ledger.PayoutFail
	case status == webhook.GatewayReturned && (submitted || paid), status == webhook.GatewayFailed && paid:
		return ledger.PayoutReturn
	}
	return ""
}

// moveByGateway takes the step that an answer leads to.
func moveByGateway(
	tx books.Tx, t ledger.Settlement, event string, a webhook.GatewayAnswer, at time.Time,
) (out ledger.SettlementOutcome, err error) {
	p, err := policy(tx.Reader)
	if err != nil {
		return out, err
	}
	return putStep(tx, ledger.PayoutFacts{Policy: p, Settlement: t},
		ledger.PayoutStep{Event: event, Reason: gatewayWords(a), Actor: systemActor}, at)
}

// receivePayoutNews takes a call of the gateway: the payout that it names is asked about at once. It refuses with
// [funding.ErrUnsigned] what is not signed; a payout that is not known is no error, so that it is not told again.
func (s *Server) receivePayoutNews(ctx context.Context, header http.Header, body []byte) error {
	id, err := s.gateway.to.Receive(header, body)
	if errors.Is(err, webhook.ErrGatewayUnsigned) {
		return funding.ErrUnsigned
	}
	if err != nil {
		return err
	}
	no, err := s.seal.OpenSettlement(id)
	if err != nil {
		return nil
	}
	at := s.clock()
	err = s.update(ctx, func(tx books.Tx) error {
		j, found, err := tx.PayoutJob(no)
		if err != nil || !found || !j.Due.IsZero() && !j.Due.After(at) {
			return err
		}
		j.Due = at
		return tx.PutPayoutJob(j)
	})
	s.gateway.wake()
	return err
}

// mayStep refuses to say by hand how a payout ended that the gateway has: it would be paid twice, or never.
func (s *Server) mayStep(t ledger.Settlement, event string) error {
	if t.Way != ledger.WayHook || t.State != ledger.SettlementSubmitted || s.gateway.to == nil {
		return nil
	}
	if event == ledger.PayoutPaid || event == ledger.PayoutFail || event == ledger.PayoutReturn {
		return ledger.Refuse(ledger.ErrState, "See what it said last: settlement show "+s.seal.Settlement(t.No),
			"The gateway tells what became of this payout.")
	}
	return nil
}

// endJob ends the job of a payout of which a person has said how it ended.
func endJob(tx books.Tx, t ledger.Settlement, told string, at time.Time) error {
	if t.Way != ledger.WayHook || t.File == 0 || t.State == ledger.SettlementSubmitted {
		return nil
	}
	j, found, err := tx.PayoutJob(t.No)
	if err != nil || !found || j.Due.IsZero() {
		return err
	}
	j.Due, j.Told, j.Updated, j.Accepted = time.Time{}, told, at, true // it is asked about at most, and never sent
	return tx.PutPayoutJob(j)
}
