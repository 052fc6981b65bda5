package tui

import (
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func transferCommands() []Command {
	return []Command{
		{
			Path: "transfer", Args: "AMOUNT CURRENCY", Help: "send tokens to whoever types the claim code", Role: ledger.RoleUser, Moves: true, Place: "accounts",
			Long: "The claim code is printed once. Until somebody claims it, transfer recall takes the tokens back.\n" +
				"With the same --key it is the same transfer, however often it is typed.",
			Flags: func(fs *pflag.FlagSet) {
				fs.String("key", "", "idempotency `KEY` of this transfer")
			},
			JSON: transferJSON{}, Run: runTransfer,
		},
		{
			Path: "claim", Args: "CODE…", Help: "take tokens that somebody sent you", Role: ledger.RoleUser, Place: "accounts",
			JSON: transferJSON{}, Run: runClaim,
		},
		{
			Path: "transfer list", Help: "list transfers", Role: ledger.RoleUser, Place: "accounts",
			JSON: []transferJSON(nil), Run: runTransfers,
		},
		{
			Path: "transfer recall", Args: "ID", Help: "take back a transfer that nobody has claimed", Role: ledger.RoleUser, Place: "accounts",
			JSON: transferJSON{}, Run: runRecall,
		},
	}
}

func runTransfer(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	key := r.key()
	if !r.Yes {
		return r.wouldTransfer(amount, key)
	}
	t, err := r.Service.Transfer(r.Ctx, r.Who, ledger.TransferRequest{Amount: amount, Key: key})
	if err != nil {
		return err
	}
	w := wireTransfer(t)
	w.Key = key
	return r.answer(w, func(s *sheet) {
		s.drawTransfer(t, fact{"key", key})
		s.gap()
		if t.Code == "" {
			s.line("This transfer was made before with the same key; its claim code is not shown again.")
			return
		}
		s.line("Claim code, shown this once: " + t.Code)
		s.line("Whoever types: claim " + t.Code + " gets the tokens.")
	})
}

// wouldTransfer says what a transfer would do to the account.
func (r *Run) wouldTransfer(amount ledger.Amount, key string) error {
	o, err := r.Service.Overview(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	have := ledger.Amount{Currency: amount.Currency}
	for _, w := range o.Wallets {
		if w.Currency == amount.Currency {
			have.Micros = w.Available.Micros
		}
	}
	after := ledger.Amount{Micros: have.Micros - amount.Micros, Currency: amount.Currency}
	if after.Micros < 0 {
		return ledger.RefuseFunds(ledger.Amount{Micros: -after.Micros, Currency: amount.Currency})
	}
	return confirm("transfer "+decimal(amount.Micros)+" "+string(amount.Currency)+" --key "+quote(key)+" --yes", key,
		"This would take %s out of your account, %s -> %s, and answer a claim code. Whoever has the code has the tokens.",
		money(amount), decimal(have.Micros), decimal(after.Micros))
}

func runClaim(r *Run) error {
	t, err := r.Service.Claim(r.Ctx, r.Who, strings.Join(r.Args, " "))
	return r.answerTransfer(t, err)
}

func runRecall(r *Run) error {
	t, err := r.Service.Recall(r.Ctx, r.Who, r.Args[0])
	return r.answerTransfer(t, err)
}

func (r *Run) answerTransfer(t ledger.TransferView, err error) error {
	if err != nil {
		return err
	}
	return r.answer(wireTransfer(t), func(s *sheet) { s.drawTransfer(t) })
}

func (s *sheet) drawTransfer(t ledger.TransferView, more ...fact) {
	after := ""
	if t.After.Currency != "" {
		after = money(t.After)
	}
	s.facts("", append([]fact{
		{"transfer", t.ID},
		{"amount", money(t.Amount)},
		{"state", t.State},
		{"created", s.at(t.Created)},
		{"expires", s.at(t.Expires)},
		{"available", after},
	}, more...)...)
}

func runTransfers(r *Run) error {
	all, err := r.Service.Transfers(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireTransfer), func(s *sheet) {
		if len(all) == 0 {
			s.line("No transfers.")
			return
		}
		rows := make([][]string, 0, len(all))
		for _, t := range all {
			rows = append(rows, []string{s.at(t.Created), t.ID, t.State, s.at(t.Expires), money(t.Amount)})
		}
		s.table("", []column{{title: "Created"}, {title: "Transfer"}, {title: "State"}, {title: "Expires"}, {title: "Amount", right: true}}, rows)
	})
}
