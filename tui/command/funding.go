package command

import (
	"fmt"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// fundingCommands add funds (claims 36 to 39).
func fundingCommands() []Command {
	return []Command{
		{
			Path: "methods", Help: "list the ways to add funds", Role: ledger.RoleUser, Place: "accounts",
			JSON: view.Page[view.Method]{}, Run: runMethods,
		},
		{
			Path: "fund", Help: "add funds to the account in that currency", Role: ledger.RoleUser,
			Place: "accounts", Key: "f signup:f", KeyHelp: "add funds",
			Long: "The answer says what to do next: for a check, where to send it and the reference to write on it.\n" +
				"With the same --key it is the same deposit, however often it is typed.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency),
				option("method", KindMethod, "a name of the list that methods prints").needed(),
				option("bank", KindBank, "the bank account that is debited; else the newest"),
				option("key", KindIdempotency, "idempotency key of this deposit"),
			},
			JSON: funded{}, Run: runFund,
		},
		{
			Path: "deposits", Help: "list deposits and what they wait for, newest first", Role: ledger.RoleUser,
			Place: "accounts", Key: "accounts:enter", Inputs: append([]Input{pageSize(), followFlag()}, listInputs()...),
			JSON: view.Page[view.Deposit]{}, Run: runDeposits,
		},
		{
			Path: "deposits cancel", Help: "withdraw a deposit that waits for you", Role: ledger.RoleUser,
			Place: "accounts", Key: "deposit:x", KeyHelp: "cancel it", Inputs: []Input{arg(KindDeposit)},
			Long: "One that was paid at the same moment is paid, and the answer says so.",
			JSON: view.Deposit{}, Run: runCancel,
		},
		slipCommand(),
	}
}

// runMethods tells what each method takes, and then what will happen: a person chooses by that.
func runMethods(r *Run) error {
	all, err := r.Service.Methods(r.Ctx, r.Who)
	return r.answerOf(view.All(all), err, func(s *textWriter) {
		if len(all) == 0 {
			s.line("No way to add funds is open at the moment.")
			return
		}
		s.table("", view.MethodTable(all))
		for _, m := range all {
			s.gap()
			s.line(m.Name + ":")
			s.text("  ", m.Help)
		}
	})
}

// funded is a new deposit with the key that makes it safe to repeat.
type funded struct {
	view.Deposit
	Key string `json:"key"` // repeat the command with it: money is taken once
}

// runFund adds funds. The key is printed even if the service made it, so that a call that got no answer can be
// repeated.
func runFund(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	key := r.key()
	d, err := r.Service.Fund(r.Ctx, r.Who, view.FundRequest{
		Amount: amount, Method: r.flag("method"), Bank: r.flag("bank"), Key: key,
	})
	if err != nil {
		return err
	}
	if d.Failed() { // a script must not go on as if there were tokens
		r.exit = ExitConflict
	}
	return r.answer(funded{d, key}, func(s *textWriter) {
		s.line(d.Outcome)
		s.gap()
		s.deposit("", d, fact("Key", key))
	})
}

// deposit is one deposit with what the payer has to do now, numbered, because the order matters: a check that is sent
// without its reference belongs to no wallet.
func (s *textWriter) deposit(indent string, d view.Deposit, more ...view.Fact) {
	s.facts(indent, append(d.Facts(s.format()), more...)...)
	for i, step := range d.Steps {
		s.text(indent+"  ", fmt.Sprintf("%d. %s", i+1, step))
	}
}

// runCancel withdraws a deposit. That it was paid meanwhile is no failure, but not what was asked for.
func runCancel(r *Run) error {
	d, err := r.Service.CancelDeposit(r.Ctx, r.Who, r.Args[0])
	if err != nil {
		return err
	}
	if !d.Is(ledger.DepositCanceled, ledger.DepositExpired) {
		r.exit = ExitConflict
	}
	return r.answer(d, func(s *textWriter) {
		s.line(d.Outcome)
		s.gap()
		s.deposit("", d)
	})
}

// pageSize bounds a list, in rows. A hundred rows fill several screens; more of them are read page by page.
func pageSize() Input {
	return option("limit", KindCount, "so many rows at most, 1 to 100").preset("20")
}

// limit reads pageSize.
func (r *Run) limit() (int, error) {
	limit, err := r.Flags.GetInt("limit")
	if err == nil && (limit < 1 || limit > 100) {
		err = r.misuse("--limit is %d, it goes from 1 to 100.", limit)
	}
	return limit, err
}

// runDeposits is one page without a cursor: who wants more asks for more rows.
func runDeposits(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	switch on, err := r.follows(); {
	case err != nil:
		return err
	case on:
		return follow(r, feed[view.Deposit]{
			page: func(p view.Paging) (view.Page[view.Deposit], error) {
				all, err := r.Service.Deposits(r.Ctx, r.Who, p)
				return view.All(all), err
			},
			name:  func(d view.Deposit) (string, view.State) { return d.ID, d.State },
			table: func(all []view.Deposit, f view.Format) view.Table { return view.DepositTable(all, f, false) },
		})
	}
	all, err := r.Service.Deposits(r.Ctx, r.Who, view.Paging{Limit: limit})
	all, err = arranged(r, all, err, view.DepositTable(nil, view.Format{}, false))
	return r.answerOf(view.All(all), err, func(s *textWriter) {
		if len(all) == 0 {
			s.line("No deposits. To add funds, type: fund AMOUNT CURRENCY --method METHOD")
			return
		}
		s.table("", r.only(view.DepositTable(all, s.format(), false)))
		if len(all) == limit && limit < 100 {
			s.gap()
			s.line("There may be more: add --limit 100")
		}
	})
}
