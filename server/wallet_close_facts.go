package server

import (
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// closeFacts loads what a decision about the end of a wallet needs.
func (s *Server) closeFacts(r books.Reader, u ledger.User) (f ledger.CloseFacts, err error) {
	f.User = u
	err = eachWallet(r, u, func(w ledger.Wallet) error {
		f.Wallets = append(f.Wallets, w)
		return nil
	})
	for _, look := range []func(books.Reader, ledger.User) ([]ledger.Unfinished, error){
		s.openDepositsOf, s.openRedemptionsOf, s.openContestsOf, s.openTransfersOf,
	} {
		if err != nil {
			return f, err
		}
		var open []ledger.Unfinished
		open, err = look(r, u)
		f.Open = append(f.Open, open...)
	}
	return f, err
}

// openDepositsOf are the deposits of which something is still to come, each with what its payer can do.
func (s *Server) openDepositsOf(r books.Reader, u ledger.User) (all []ledger.Unfinished, err error) {
	list, err := r.Deposits(u.ID, 0)
	for _, d := range list {
		if !d.State.Moves() || d.State == ledger.DepositSucceeded { // the rest is between house and processor
			continue
		}
		what := d.Amount.String() + " by deposit " + s.seal.Deposit(d.ID) + " are under way"
		remedy := "It ends by itself: deposits shows how far it is."
		switch d.State {
		case ledger.DepositCreated, ledger.DepositRequiresAction, ledger.DepositAwaiting, ledger.DepositErrored:
			remedy = "Withdraw it: deposits cancel " + s.seal.Deposit(d.ID)
		case ledger.DepositAccepted, ledger.DepositIssued, ledger.DepositInvoiced, ledger.DepositOverdue:
			what = "The order " + s.seal.Deposit(d.ID) + " over " + d.Amount.String() + " is not paid"
			remedy = "Pay its invoice: deposits slip " + s.seal.Deposit(d.ID)
			if d.Is(ledger.DepositOnBill) {
				what = "The charge " + s.seal.Deposit(d.ID) + " over " + d.Amount.String() + " stands on a bill"
				remedy = "Pay the bill of the biller, and wait until it has passed the money on."
			}
		case ledger.DepositPendingClears, ledger.DepositSubmitted:
			if !d.Clears.IsZero() {
				remedy = "Wait until it has cleared, " + d.Clears.UTC().Format(stampForm) + "."
			}
		}
		all = append(all, ledger.Unfinished{What: what, Remedy: remedy})
	}
	return all, err
}

// openRedemptionsOf are the redemptions that are on their way.
func (s *Server) openRedemptionsOf(r books.Reader, u ledger.User) (all []ledger.Unfinished, err error) {
	list, err := r.OpenRedemptions(u.ID)
	for _, d := range list {
		all = append(all, ledger.Unfinished{
			What:   "The redemption " + s.seal.Redemption(d.No) + " over " + d.Amount.String() + " is on its way",
			Remedy: "Wait until it is paid, or take it back if it has not left: redemptions cancel " + s.seal.Redemption(d.No),
		})
	}
	return all, err
}

// openContestsOf are the disputes that are not over.
func (s *Server) openContestsOf(r books.Reader, u ledger.User) (all []ledger.Unfinished, err error) {
	list, err := r.OpenContests(u.ID)
	for _, d := range list {
		all = append(all, ledger.Unfinished{
			What:   "The dispute " + s.seal.Dispute(d.No) + " over " + d.Amount.String() + " is open",
			Remedy: "Wait until it is decided, or withdraw it: dispute withdraw " + s.seal.Dispute(d.No),
		})
	}
	return all, err
}

// openTransfersOf are the transfers that nobody has claimed yet.
func (s *Server) openTransfersOf(r books.Reader, u ledger.User) (all []ledger.Unfinished, err error) {
	list, err := r.UserTransfers(u.ID, time.Time{}, 0)
	for _, t := range list {
		if t.From != u.ID || t.State != ledger.TransferSent {
			continue
		}
		all = append(all, ledger.Unfinished{
			What:   "The transfer " + s.seal.Transfer(t.No) + " over " + t.Amount.String() + " is not claimed",
			Remedy: "Take it back: transfer recall " + s.seal.Transfer(t.No),
		})
	}
	return all, err
}
