package command

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// creditCommands are about accounts that pay afterwards (claim 15).
func creditCommands() []Command {
	return []Command{
		{
			Path: "credit", Help: "list accounts that pay later: what is owed, billed and left", Role: ledger.RoleUser,
			Place: "accounts",
			Long: "An account with a credit line buys on credit when its tokens are spent. Once a month it gets a bill.\n" +
				"What comes in pays the oldest bill first; while one is overdue the account buys nothing.",
			Inputs: arrangeInputs(), JSON: view.Page[view.Postpaid]{}, Run: runCredit,
		},
		{
			Path: "bills", Help: "list bills, newest first", Role: ledger.RoleUser, Place: "accounts",
			Long:   "Pay one with any of the methods, or to the bank under its reference.",
			Inputs: arrangeInputs(), JSON: view.Page[view.Bill]{}, Run: runBills,
		},
	}
}

// deskCreditCommands are about the accounts of others.
func deskCreditCommands() []Command {
	reason := option("reason", KindWords, "why, in words that its owner reads").needed()
	return []Command{
		{
			Path: "credit list", Help: "list accounts that pay later, with what is overdue", Role: ledger.RoleRep,
			Place: "desk", Inputs: queueInputs("a wallet, a state or a currency"), JSON: view.Page[view.Postpaid]{},
			Run: runDeskCredit,
		},
		{
			Path: "credit set", Help: "let an account pay later, up to a line; none ends that", Role: ledger.RoleOperator,
			Place: "desk", Long: "What is owed stays owed, and is billed, when the line is taken away.",
			Inputs: []Input{arg(KindHandle), arg(KindBound), arg(KindCurrency), reason}, JSON: view.Postpaid{},
			Run: runCreditSet,
		},
		{
			Path: "credit bill", Help: "bill what an account owes now, before its month is over", Role: ledger.RoleOperator,
			Place: "desk", Inputs: []Input{arg(KindHandle), arg(KindCurrency)}, JSON: view.Postpaid{}, Run: runCreditBill,
		},
		{
			Path: "credit write-off", Help: "give up a debt that nobody will pay; takes two persons", Role: ledger.RoleOperator,
			Place: "desk", Moves: true,
			Long: "The first person asks for it, another one does it: for the same sum, which both have seen.\n" +
				"The line ends, and the wallet stays frozen.",
			Inputs: []Input{arg(KindHandle), arg(KindCurrency), reason, seenSum()}, JSON: view.Postpaid{}, Run: runWriteOff,
		},
	}
}

func runCredit(r *Run) error {
	all, err := r.Service.Credit(r.Ctx, r.Who)
	return answerList(r, all, err, "No account of yours pays later.", func(all []view.Postpaid, f view.Format) view.Table {
		return view.PostpaidTable(all, f, false)
	})
}

func runBills(r *Run) error {
	all, err := r.Service.Bills(r.Ctx, r.Who)
	return answerList(r, all, err, "No bills yet.", view.BillTable)
}

func runDeskCredit(r *Run) error {
	return answerQueue(r, r.Service.CreditList, "No account pays later.", view.PostpaidTable)
}

func runCreditSet(r *Run) error {
	c, err := r.currency(r.Args[2])
	if err != nil {
		return err
	}
	line := ledger.Amount{Currency: c}
	if r.Args[1] != "none" {
		if line, err = r.amount(r.Args[1], r.Args[2]); err != nil {
			return err
		}
	}
	return r.answerFacts(r.Service.SetCredit(r.Ctx, r.Who, r.Args[0], line, r.flag("reason")))
}

func runCreditBill(r *Run) error {
	c, err := r.currency(r.Args[1])
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.BillNow(r.Ctx, r.Who, r.Args[0], c))
}

// runWriteOff gives a debt up. Without --yes it says whose, and how much.
func runWriteOff(r *Run) error {
	c, err := r.currency(r.Args[1])
	if err != nil {
		return err
	}
	if !r.Yes {
		return r.wouldWriteOff(c)
	}
	owed, err := r.seen(c)
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.WriteOff(r.Ctx, r.Who, r.Args[0], owed, r.flag("reason")))
}

// seenSum names the sum of an act of two persons, so that both mean the same.
func seenSum() Input { return option("expect", KindPrice, "the sum that was shown; needed with --yes") }

// seen reads it.
func (r *Run) seen(c ledger.Currency) (ledger.Amount, error) {
	text := r.flag("expect")
	if text == "" {
		return ledger.Amount{}, r.misuse("--expect is missing: without --yes the line is printed that has it.")
	}
	return r.amount(text, string(c))
}

// wouldWriteOff says what would be given up.
func (r *Run) wouldWriteOff(c ledger.Currency) error {
	page, err := r.Service.CreditList(r.Ctx, r.Who, view.DeskQuery{Text: r.Args[0]})
	if err != nil {
		return err
	}
	for _, p := range page.Data {
		if p.Handle == r.Args[0] && p.Owed.Currency == c {
			again := "credit write-off " + p.Handle + " " + string(c) + " --reason " + quote(r.flag("reason")) +
				" --expect " + p.Owed.Number() + " --yes"
			if !p.Asked {
				return confirm(again, "", "This would ask for a second person to give up %s that %s owes, for good.",
					p.Owed, p.Handle)
			}
			return confirm(again, "", "This would give up %s that %s owes, for good.", p.Owed, p.Handle)
		}
	}
	return ledger.Refuse(ledger.ErrNotFound, "See them with: credit list", "No account of %s in %s pays later.",
		view.Clean(r.Args[0]), c)
}
