package command

import (
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// payAccountCommands are about the bank accounts that vendors and payees are paid to.
func payAccountCommands() []Command {
	payee := option("payee", KindWords, "that of this payee of the vendor's royalties")
	return []Command{
		{
			Path: "vendor accounts", Help: "list the bank accounts that a vendor and its payees are paid to",
			Role: ledger.RoleOperator, Inputs: []Input{arg(KindName)}, JSON: view.Page[view.PayAccount]{},
			Run: func(r *Run) error {
				all, err := r.Service.PayAccounts(r.Ctx, r.Who, r.Args[0])
				return answerList(r, all, err, "No bank account. To type one: help vendor account set", view.PayAccountTable)
			},
		},
		{
			Path: "vendor account set", Help: "type the bank account that a vendor or a payee is paid to",
			Role: ledger.RoleOperator,
			Long: "ACCOUNT is an IBAN, or in the USA the routing number, the account number, and savings if it is one.\n" +
				"Without it the account is read from the first line of the input, so that your shell's history does not\n" +
				"keep it. The first account is used at once, another one after payout_account_wait; the vendor is told.\n" +
				"Payouts go there with: vendor terms NAME --way sepa",
			Inputs: []Input{
				arg(KindName), arg(KindCurrency), arg(KindAccount).optional().repeated(),
				option("holder", KindTitle, "the name that stands on the account").needed(), payee,
				option("company", KindOnOff, "it is a company's; without it a vendor's is, and a payee's is not"),
			},
			JSON: view.PayAccountsChanged{}, Run: runPayAccountSet,
		},
		{
			Path: "vendor account approve", Help: "approve an account that another person has typed",
			Role: ledger.RoleOperator, Inputs: []Input{arg(KindName), arg(KindCurrency), arg(KindMark), payee},
			Long: "Where the setting payout_account_two wants it, no account is used before.\n" +
				"MARK is that of the account which waits, in: vendor accounts NAME. If another one was typed since, it has\n" +
				"another mark, and nothing is approved.",
			JSON: view.PayAccountsChanged{},
			Run: func(r *Run) error {
				q, err := r.payAccount()
				if err != nil {
					return err
				}
				q.Mark = r.Args[2]
				all, err := r.Service.ApprovePayAccount(r.Ctx, r.Who, q)
				return answerPayAccounts(r, all, err)
			},
		},
		{
			Path: "vendor account remove", Help: "delete the bank account of a vendor or a payee: its payouts wait",
			Role: ledger.RoleOperator, Moves: true, Inputs: []Input{arg(KindName), arg(KindCurrency), payee},
			Long: "Nobody can read it any more, but while a payout to it is on its way.",
			JSON: view.PayAccountsChanged{}, Run: runPayAccountRemove,
		},
	}
}

func answerPayAccounts(r *Run, all []view.PayAccount, err error) error {
	return r.answerOf(view.PayAccountsChanged{Data: all}, err, func(s *textWriter) {
		if len(all) == 0 {
			s.line("No bank account is left: payouts wait.")
			return
		}
		s.table("", view.PayAccountTable(all, s.format()))
	})
}

// payAccount reads whose account, and in which currency.
func (r *Run) payAccount() (q view.PayAccountRequest, err error) {
	q.Vendor, q.Payee = r.Args[0], r.flag("payee")
	q.Currency, err = r.currency(r.Args[1])
	return q, err
}

// runPayAccountSet keeps an account. The account is in no line that is printed.
func runPayAccountSet(r *Run) error {
	q, err := r.payAccount()
	if err != nil {
		return err
	}
	if company := r.flag("company"); company != "" {
		q.Company = new(company == "on")
	}
	q.Holder = r.flag("holder")
	if q.Account, err = r.bankAccount(2); err != nil {
		return err
	}
	all, err := r.Service.SetPayAccount(r.Ctx, r.Who, q)
	return answerPayAccounts(r, all, err)
}

func runPayAccountRemove(r *Run) error {
	q, err := r.payAccount()
	if err != nil {
		return err
	}
	if !r.Yes {
		again := "vendor account remove " + quote(q.Vendor) + " " + string(q.Currency)
		if q.Payee != "" {
			again += " --payee " + quote(q.Payee)
		}
		return r.confirmRemoval(q, again)
	}
	all, err := r.Service.RemovePayAccount(r.Ctx, r.Who, q)
	return answerPayAccounts(r, all, err)
}

// confirmRemoval tells which accounts would be deleted, and refuses where there is none.
func (r *Run) confirmRemoval(q view.PayAccountRequest, again string) error {
	all, err := r.Service.PayAccounts(r.Ctx, r.Who, q.Vendor)
	if err != nil {
		return err
	}
	network := map[ledger.Currency]string{"EUR": ledger.NetworkSEPA, "USD": ledger.NetworkACH}[q.Currency]
	for _, a := range all {
		if a.Network != network || a.Payee != q.Payee {
			continue
		}
		return confirm(again+" --yes", "", "This would delete %s for good. Payouts in %s wait.",
			strings.Join(slices.DeleteFunc([]string{a.Account, a.Next}, func(s string) bool { return s == "" }), " and "),
			q.Currency)
	}
	return ledger.Refuse(ledger.ErrNotFound, "See: vendor accounts "+quote(q.Vendor), "There is no bank account in %s.",
		q.Currency)
}
