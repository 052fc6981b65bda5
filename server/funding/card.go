package funding

import (
	"context"
	"errors"
	"sync"
	"time"

	"tuppence/server/ledger"
)

// SimulatedCard is a card processor for demonstrations and tests: no card is asked for and no money moves. What
// happens depends on the last two digits of the amount, so that every state of a deposit can be reached:
//
//	….13  the issuer declines
//	….14  the connection breaks after the processor has taken the order: outcome unknown, succeeded when looked up
//	….15  the connection breaks and the processor never saw the order: outcome unknown, failed when looked up
//	….16  succeeds, and is charged back when looked up again
//	….17  is to be paid on a page of the processor, if it has one
//	else  succeeds, and is settled when looked up again
//
// What is sent back goes by the last two digits of its amount, too: .13 is refused, .14 loses the answer and is there
// when it is asked about, .15 loses it and was never seen, .16 is paid and comes back.
//
// What a representative has begun by phone is paid on the page, whatever its amount.
type SimulatedCard struct {
	// Page is where the processor's pages are, "" for none; News is where its calls are taken, and Return where payers are
	// sent back to.
	Page, News, Return string

	mu    sync.Mutex                     // guards what follows
	known map[string]ledger.DepositState // orders that the processor has taken
	back  map[string]int                 // how often it was asked for a refund
}

// errLine is what a broken connection to the processor looks like.
var errLine = errors.New("simulated card processor: connection lost")

// Info describes the method.
func (c *SimulatedCard) Info() Info {
	return Info{
		Name: "card", Title: "Card", Kind: ledger.DepositOnline, Simulated: true,
		Arrives: "at once", Cost: "free", Life: 2 * time.Hour,
		Help: "An amount ending in .13 is declined, .14 and .15 lose the answer, .16 is charged back, .17 is paid on a page.",
	}
}

// Start takes the order.
func (c *SimulatedCard) Start(_ context.Context, o Order) (Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch n := cents(o.Deposit); {
	case o.Deposit.Channel == ledger.ByPhone && c.Page != "": // whoever began it cannot pay it
		c.take(o.Name, ledger.DepositRequiresAction)
	case n == 13:
		c.take(o.Name, ledger.DepositFailed)
	case n == 14:
		c.take(o.Name, ledger.DepositSucceeded)
		return Outcome{}, errLine
	case n == 15:
		return Outcome{}, errLine
	case n == 17:
		if c.Page != "" {
			c.take(o.Name, ledger.DepositRequiresAction)
			break
		}
		fallthrough
	default:
		c.take(o.Name, ledger.DepositSucceeded)
	}
	return c.outcome(o.Name), nil
}

// Cancel withdraws an order that waits on the page.
func (c *SimulatedCard) Cancel(_ context.Context, o Order) (Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state, seen := c.known[o.Name]; !seen || state == ledger.DepositRequiresAction {
		c.take(o.Name, ledger.DepositCanceled)
	}
	return c.outcome(o.Name), nil
}

// Lookup returns what became of the order. The processor forgets when the program ends; what it does not know is
// taken from the state of the deposit, so that a restart changes nothing.
func (c *SimulatedCard) Lookup(_ context.Context, o Order) (Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	state, seen := c.known[o.Name]
	switch {
	case !seen && o.Deposit.State == ledger.DepositRequiresAction:
		c.take(o.Name, ledger.DepositRequiresAction)
		return c.outcome(o.Name), nil
	case !seen && o.Deposit.State != ledger.DepositSucceeded:
		return Outcome{State: ledger.DepositFailed, Reason: "The processor never received the order."}, nil
	case !seen:
		c.take(o.Name, ledger.DepositSucceeded)
	case state != ledger.DepositSucceeded || o.Deposit.State != ledger.DepositSucceeded:
		return c.outcome(o.Name), nil
	}
	if cents(o.Deposit) == 16 {
		c.take(o.Name, ledger.DepositChargedBack)
	} else {
		c.take(o.Name, ledger.DepositSettled)
	}
	return c.outcome(o.Name), nil
}

// Refund sends an amount back. What it has forgotten by the end of the program was paid.
func (c *SimulatedCard) Refund(_ context.Context, o RefundOrder) (Refunded, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.back == nil {
		c.back = map[string]int{}
	}
	c.back[o.Name]++
	out := Refunded{State: ledger.RedemptionPaid, External: "sim_" + o.Name}
	switch n := o.Amount.Micros % ledger.Unit / (ledger.Unit / 100); {
	case n == 13:
		out.State, out.Reason = ledger.RedemptionFailed, "The bank of the card did not take it."
	case (n == 14 || n == 15) && c.back[o.Name] == 1:
		return Refunded{}, errLine
	case n == 16 && o.External != "":
		out.State, out.Reason = ledger.RedemptionReturned, "The account of the card is closed."
	}
	return out, nil
}

// Steps has nothing to ask of the payer.
func (c *SimulatedCard) Steps(d ledger.Deposit) []string {
	switch d.State {
	case ledger.DepositErrored:
		return []string{"The processor did not answer. We are asking it; nothing is lost."}
	case ledger.DepositRequiresAction:
		return []string{"Open the page of the simulated processor, here or with a phone, and choose what happens."}
	}
	return nil
}

// take notes what the processor knows of an order. The caller holds the lock.
func (c *SimulatedCard) take(name string, state ledger.DepositState) {
	if c.known == nil {
		c.known = map[string]ledger.DepositState{}
	}
	c.known[name] = state
}

// outcome is what the processor knows of an order, in its words. The caller holds the lock.
func (c *SimulatedCard) outcome(name string) Outcome {
	o := Outcome{State: c.known[name], External: "sim_" + name}
	switch o.State {
	case ledger.DepositRequiresAction:
		o.Link = c.Page + "/pay/" + name
	case ledger.DepositFailed:
		o.Reason = "The card was declined."
	case ledger.DepositChargedBack:
		o.Reason = "The card holder's bank took the payment back."
	}
	return o
}

// cents are the two digits after the point.
func cents(d ledger.Deposit) int64 {
	return d.Amount.Micros % ledger.Unit / (ledger.Unit / 100)
}
