package command

import (
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// closeCommands end the relation of a person with the service, and bring back what comes in after that.
func closeCommands() []Command {
	return []Command{
		{
			Path: "wallet close", Help: "close this wallet for good", Role: ledger.RoleUser, Moves: true,
			Place: "closing",
			Long: view.ClosingMeans + "\nMoney has to be out of it first: spend it, send it (transfer), or turn it back into " +
				"money (redeem). Without --yes the command tells what has to be done first, and what would happen.\n" +
				"A code is printed once: what comes in later, such as a refund, is brought to another wallet by " +
				"wallet claim CODE, from 30 days after the closing on. Until then the recovery code that you have does that, " +
				"and recover CODE opens the wallet again, so that nobody closes it for good who has found an old key.\n" +
				"Your keys may open new wallets.",
			JSON: view.Closing{}, Run: runWalletClose,
		},
		{
			Path: "wallet claim", Help: "take what has come into a wallet that you have closed", Role: ledger.RoleUser,
			Place: "accounts",
			Long: "CODE was shown when the wallet was closed. For 30 days from then on it is the recovery code that the " +
				"wallet had. Without CODE it is read from the first line of the input. It stays good for what comes in later.",
			Inputs: []Input{
				arg(KindClosedCode).optional(),
			},
			JSON: view.ClosedClaim{}, Run: runWalletClaim,
		},
	}
}

// runWalletClose says first what the end means, and what stands in its way.
func runWalletClose(r *Run) error {
	if r.Yes {
		v, err := r.Service.CloseWallet(r.Ctx, r.Who)
		if err == nil {
			r.closed = &v
		}
		return r.answerOf(v, err, func(s *textWriter) {
			s.line("The wallet " + v.Handle + " is closed. This key may open a new one: join")
			s.gap()
			s.line("Code for what comes in later, shown this once:")
			s.gap()
			s.line("  " + v.Code)
			s.gap()
			s.text("", "Write it down on paper. In a new wallet, type: wallet claim CODE")
			s.text("", v.ClosedMeans(s.format()))
		})
	}
	v, err := r.Service.ClosingTerms(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	if len(v.First) > 0 {
		r.exit = ExitConflict
		return r.answer(v, func(s *textWriter) {
			s.line("The wallet cannot close yet. What has to be done first:")
			s.gap()
			for _, one := range v.First {
				s.text("  ", one.What+". "+one.Remedy)
			}
		})
	}
	return confirm(r.again(), "",
		"The wallet %s closes for good%s. %s. A code for what comes in later is printed, this once.",
		v.Handle, leaves(v), view.ClosingMeans)
}

// leaves is what a wallet still has when it closes, "" for nothing.
func leaves(v view.Closing) (words string) {
	each := func(all view.List[ledger.Amount], what string) {
		for _, a := range all {
			words += ", " + a.String() + what
		}
	}
	each(v.Balances, " in the account")
	each(v.Rest, " of it kept for the code")
	each(v.GivenUp, " of given tokens go back")
	return words
}

// runWalletClaim takes the code as it was shown.
func runWalletClaim(r *Run) error {
	code, err := r.code()
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.ClaimClosed(r.Ctx, r.Who, strings.TrimSpace(code)))
}
