package command

import (
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// transferCommands send tokens from user to user (claim 31).
func transferCommands() []Command {
	return []Command{
		{
			Path: "transfer", Help: "send tokens to the user who types the claim code", Role: ledger.RoleUser, Moves: true,
			Place: "accounts",
			Long: "The claim code is printed once. Until it is claimed, transfer recall takes the tokens back.\n" +
				"With the same --key it is the same transfer, however often it is typed.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency), option("key", KindIdempotency, "idempotency key of this transfer"),
			},
			JSON: sent{}, Run: runTransfer,
		},
		{
			Path: "claim", Help: "take tokens that another user sent you", Role: ledger.RoleUser, Place: "accounts",
			Inputs: []Input{arg(KindClaim).repeated()}, JSON: view.Transfer{}, Run: runClaim,
		},
		{
			Path: "transfer list", Help: "list transfers", Role: ledger.RoleUser, Place: "accounts",
			Inputs: arrangeInputs(), JSON: view.Page[view.Transfer]{}, Run: runTransfers,
		},
		{
			Path: "transfer recall", Help: "take back a transfer that is not claimed yet", Role: ledger.RoleUser,
			Place: "accounts", Inputs: []Input{arg(KindTransfer)}, JSON: view.Transfer{}, Run: runRecall,
		},
	}
}

// sent is a new transfer with the key that makes it safe to repeat. Its Code is empty in every answer but the first.
type sent struct {
	view.Transfer
	Key string `json:"key"`
}

// runTransfer sends tokens. The claim code is in the answer of the first call with a key only: a repeated call must not
// give the code to a second reader.
func runTransfer(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	key := r.key()
	if !r.Yes {
		return r.wouldTransfer(amount, key)
	}
	t, err := r.Service.Transfer(r.Ctx, r.Who, view.TransferRequest{Amount: amount, Key: key})
	return r.answerOf(sent{t, key}, err, func(s *textWriter) {
		s.facts("", append(t.Facts(s.format()), fact("Key", key))...)
		s.gap()
		if t.Code == "" {
			s.line("This transfer was made before with the same key; its claim code is not shown again.")
			return
		}
		s.line("Claim code, shown this once: " + t.Code)
		s.line("Who types: claim " + t.Code + " gets the tokens.")
	})
}

// wouldTransfer says what a transfer would do to the account, and refuses at once what the account cannot pay, so
// that the confirmation is not asked for in vain.
func (r *Run) wouldTransfer(amount ledger.Amount, key string) error {
	o, err := r.Service.Overview(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	// A wallet without an account in this currency has nothing in it, which is the same refusal.
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
	return confirm("transfer "+amount.Number()+" "+string(amount.Currency)+" --key "+quote(key)+" --yes", key,
		"This would take %s out of your account, %s -> %s, and print a claim code. Who has the code has the tokens.",
		amount.String(), have.String(), after.String())
}

// runClaim takes a code as it is shown, in groups or not.
func runClaim(r *Run) error {
	return r.answerFacts(r.Service.Claim(r.Ctx, r.Who, strings.Join(r.Args, " ")))
}

// runRecall takes tokens back as long as the other side has not claimed them; after that the service refuses.
func runRecall(r *Run) error { return r.answerFacts(r.Service.Recall(r.Ctx, r.Who, r.Args[0])) }

// runTransfers lists both directions, without claim codes: a code is shown once.
func runTransfers(r *Run) error {
	all, err := r.Service.Transfers(r.Ctx, r.Who)
	return answerList(r, all, err, "No transfers.", view.TransferTable)
}
