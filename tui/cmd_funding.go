package tui

import (
	"fmt"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func fundingCommands() []Command {
	return []Command{
		{
			Path: "methods", Help: "list the ways to add funds", Role: ledger.RoleUser, Place: "accounts",
			JSON: []methodJSON(nil), Run: runMethods,
		},
		{
			Path: "fund", Args: "AMOUNT CURRENCY", Help: "add funds to the account in that currency", Role: ledger.RoleUser, Place: "accounts", Key: "f",
			Long: "The answer says what to do next: for a check, where to send it and the reference to write on it.\n" +
				"With the same --key it is the same deposit, however often it is typed.",
			Flags: func(fs *pflag.FlagSet) {
				fs.String("method", "", "a `METHOD` of the list that methods prints")
				need(fs, "method")
				fs.String("key", "", "idempotency `KEY` of this deposit")
			},
			JSON: fundedJSON{}, Run: runFund,
		},
		{
			Path: "deposits", Help: "list deposits and what they wait for, newest first", Role: ledger.RoleUser, Place: "accounts",
			Flags: limitFlag, JSON: []depositJSON(nil), Run: runDeposits,
		},
	}
}

func runMethods(r *Run) error {
	all, err := r.Service.Methods(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireMethod), func(s *sheet) {
		if len(all) == 0 {
			s.line("No way to add funds is open at the moment.")
		}
		var rows [][]string
		for _, m := range all {
			for i, c := range m.Currencies {
				row := []string{"", "", string(c), decimal(m.Min[c].Micros), decimal(m.Max[c].Micros)}
				if i == 0 {
					row[0], row[1] = m.Name, m.Title
				}
				rows = append(rows, row)
			}
		}
		if len(rows) > 0 {
			s.table("", []column{{title: "Method"}, {title: "Title", elastic: true}, {title: "Currency"}, {title: "Least", right: true}, {title: "Most", right: true}}, rows)
		}
		for _, m := range all {
			s.gap()
			s.line(m.Name + ":")
			s.text("  ", m.Help)
		}
	})
}

func runFund(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	key := r.key()
	d, err := r.Service.Fund(r.Ctx, r.Who, ledger.FundRequest{Amount: amount, Method: r.flag("method"), Key: key})
	if err != nil {
		return err
	}
	return r.answer(fundedJSON{wireDeposit(d), key}, func(s *sheet) {
		s.drawDeposit("", d, fact{"key", key})
	})
}

// amount reads AMOUNT and CURRENCY; it must be more than nothing.
func (r *Run) amount(text, code string) (ledger.Amount, error) {
	micros, err := r.micros("AMOUNT", text)
	if err != nil {
		return ledger.Amount{}, err
	}
	if micros == 0 {
		return ledger.Amount{}, r.misuse("AMOUNT is 0.")
	}
	currency, err := r.currency(code)
	return ledger.Amount{Micros: micros, Currency: currency}, err
}

// drawDeposit is one deposit with what the payer has to do now.
func (s *sheet) drawDeposit(indent string, d ledger.DepositView, more ...fact) {
	fee := ""
	if d.Fee.Micros != 0 {
		fee = money(in(d.Fee, d.Amount.Currency))
	}
	simulated := ""
	if d.Simulated {
		simulated = "yes, no real money"
	}
	s.facts(indent, append([]fact{
		{"deposit", d.ID},
		{"wallet", d.Handle},
		{"amount", money(d.Amount)},
		{"fee", fee},
		{"method", d.Method},
		{"state", string(d.State)},
		{"reason", d.Reason},
		{"reference", d.Reference},
		{"created", s.at(d.Created)},
		{"expires", s.at(expiry(d))},
		{"simulated", simulated},
	}, more...)...)
	for i, step := range d.Steps {
		s.text(indent+"  ", fmt.Sprintf("%d. %s", i+1, step))
	}
}

// limitFlag bounds a list.
func limitFlag(fs *pflag.FlagSet) {
	fs.Int("limit", 20, "`N` rows at most, 1 to 100")
}

// limit reads limitFlag.
func (r *Run) limit() (int, error) {
	limit, err := r.Flags.GetInt("limit")
	if err == nil && (limit < 1 || limit > 100) {
		err = r.misuse("--limit is %d, it goes from 1 to 100.", limit)
	}
	return limit, err
}

func runDeposits(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	all, err := r.Service.Deposits(r.Ctx, r.Who, ledger.Page{Limit: limit})
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireDeposit), func(s *sheet) {
		if len(all) == 0 {
			s.line("No deposits. To add funds, type: fund AMOUNT CURRENCY --method METHOD")
			return
		}
		s.drawDeposits(all, false)
		if len(all) == limit && limit < 100 {
			s.gap()
			s.line("There may be more: add --limit 100")
		}
	})
}

// drawDeposits is a list; staff see whose each is.
func (s *sheet) drawDeposits(all []ledger.DepositView, staff bool) {
	columns := []column{{title: "Created"}, {title: "Deposit"}, {title: "Method"}, {title: "Reference"}, {title: "State"}, {title: "Amount", right: true}}
	if staff {
		columns = append(columns, column{title: "Wallet"})
	}
	rows := make([][]string, 0, len(all))
	for _, d := range all {
		row := []string{s.at(d.Created), d.ID, d.Method, d.Reference, string(d.State), money(d.Amount)}
		if staff {
			row = append(row, d.Handle)
		}
		rows = append(rows, row)
	}
	s.table("", columns, rows)
}
