package command

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// settleCommands pay vendors and payees what they have earned (claims 16, 30).
func settleCommands() []Command {
	cursor := option("cursor", KindCursor, "go on after the page that ended with this")
	return append([]Command{
		{
			Path: "settle run", Help: "settle what is due: seal statements, and get payouts ready", Role: ledger.RoleOperator,
			Long: "It goes through all vendors, one commit each, and can be ended anywhere: the next call goes on.\n" +
				"With --vendor it settles that one, due or not.",
			Inputs: []Input{
				option("at", KindSince, "settle what happened until then; without it until now"),
				option("vendor", KindName, "this vendor only, due or not"),
			},
			JSON: view.SettleRun{}, Run: runSettle,
		},
		{
			Path: "settle runs", Help: "list runs of settlements, newest first", Role: ledger.RoleOperator,
			Inputs: []Input{pageSize(), cursor}, JSON: view.Page[view.SettleRun]{}, Run: runSettleRuns,
		},
		{
			Path: "settlements", Help: "list settlements, newest first", Role: ledger.RoleOperator,
			Long: "The first of the flags that is given chooses the list.",
			Inputs: []Input{
				option("vendor", KindName, "those of one vendor and its payees"),
				option("state", KindPayState, "those in a state"),
				option("run", KindCount, "those of a run"),
				option("file", KindPayoutFile, "those in a file"),
				pageSize(), cursor,
			},
			JSON: view.Page[view.Settlement]{}, Run: runSettlements,
		},
		{
			Path: "settlement show", Help: "show one settlement", Role: ledger.RoleOperator,
			Inputs: []Input{arg(KindSettlement)}, JSON: view.Settlement{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.Settlement(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "settlement statement", Help: "print the statement of a settlement as CSV", Role: ledger.RoleOperator,
			Long: "Its SHA-256, which settlement show prints, is that of the lines behind the titles, without the ids:\n" +
				"tail -n +2 FILE | cut -d, -f2- | sha256sum",
			Inputs: []Input{arg(KindSettlement)}, JSON: view.Statement{}, Run: runStatement,
		},
		{
			Path: "settlement paper", Help: "print the statement of a settlement, as PDF", Role: ledger.RoleOperator,
			Long:   "ssh HOST settlement paper ID > statement.pdf. Each row has the hash of its entry in the journal.",
			Inputs: []Input{arg(KindSettlement)}, JSON: view.Sheet{}, Run: runStatementPaper,
		},
	}, slices.Concat(stepCommands(), payoutCommands(), termsCommands(), payAccountCommands())...)
}

// stepCommands decide about settlements that are in no file yet.
func stepCommands() []Command {
	reason := option("reason", KindWords, "why").needed()
	return []Command{
		{
			Path: "settlement approve", Help: "let a settlement be paid out", Role: ledger.RoleOperator,
			Long:   "Above the setting settle_approve another person approves it than the one who ran it.",
			Inputs: []Input{arg(KindSettlement)}, JSON: view.SettlementsMoved{},
			Run: func(r *Run) error { return runPayout(r, ledger.PayoutApprove) },
		},
		{
			Path: "settlement hold", Help: "stop a settlement that is in no file yet", Role: ledger.RoleOperator,
			Inputs: []Input{arg(KindSettlement), reason}, JSON: view.SettlementsMoved{},
			Run: func(r *Run) error { return runPayout(r, ledger.PayoutHold) },
		},
		{
			Path: "payouts submit", Help: "let what is approved leave: a file, or the gateway", Role: ledger.RoleOperator,
			Long: "From then on the name and the bytes of the file are fixed. Print them with: payouts file FILE\n" +
				"With --way hook the operator's own gateway is told of each payout.",
			Inputs: []Input{arg(KindCurrency), option("way", KindWay, "in which way; without it from a list")},
			JSON:   view.PayoutFile{}, Run: runPayoutSubmit,
		},
		{
			Path: "payouts file", Help: "print a file of payouts: the same bytes each time", Role: ledger.RoleOperator,
			Inputs: []Input{arg(KindPayoutFile)}, JSON: view.PayoutFile{}, Run: runPayoutFile,
		},
	}
}

// payoutCommands say what became of payouts.
func payoutCommands() []Command {
	reason := option("reason", KindWords, "why").needed()
	return []Command{
		{
			Path: "payout paid", Help: "a payout has left, or all that are still open in a file", Role: ledger.RoleOperator,
			Long: "One that is held has left by other means then, or before a restore. Say how with --reason.",
			Inputs: []Input{
				arg(KindPayouts), option("reason", KindWords, "of one that is held: how it has left"),
			},
			JSON: view.SettlementsMoved{},
			Run:  func(r *Run) error { return runPayout(r, ledger.PayoutPaid) },
		},
		{
			Path: "payout failed", Help: "a payout did not leave: it is available again, with its fee",
			Role: ledger.RoleOperator, Inputs: []Input{arg(KindSettlement), reason}, JSON: view.SettlementsMoved{},
			Run: func(r *Run) error { return runPayout(r, ledger.PayoutFail) },
		},
		{
			Path: "payout returned", Help: "a payout came back: its money waits", Role: ledger.RoleOperator,
			Inputs: []Input{arg(KindSettlement), reason}, JSON: view.SettlementsMoved{},
			Run: func(r *Run) error { return runPayout(r, ledger.PayoutReturn) },
		},
		{
			Path: "payout reissue", Help: "pay again what came back, under a new name", Role: ledger.RoleOperator,
			Inputs: []Input{
				arg(KindSettlement), reason, option("to", KindWords, "what you call the account; without it as before"),
			},
			JSON: view.SettlementsMoved{},
			Run:  func(r *Run) error { return runPayout(r, ledger.PayoutReissue) },
		},
	}
}

// termsCommands show and change how vendors are settled.
func termsCommands() []Command {
	return []Command{
		{
			Path: "vendor terms", Help: "show or change how a vendor is settled", Role: ledger.RoleOperator,
			Long: "Without flags it shows the terms. What is not named stays as it is, or as the policy has it.",
			Inputs: []Input{
				arg(KindName),
				option("currency", KindCurrency, "whose terms change"),
				option("payee", KindWords, "only --to, --way, --minimum and --wallet of this payee of the vendor's royalties"),
				option("wallet", KindHandle, "the payee's own wallet: what it buys of this vendor pays itself"),
				option("amount", KindAmount, "settle from this much on"),
				option("after", KindValue, "or after this time, such as 7d"),
				option("delay", KindValue, "a sale can be paid out when it is so old"),
				option("reserve", KindValue, "share that is kept back, such as 5 %"),
				option("reserve-for", KindValue, "for how long"),
				option("minimum", KindAmount, "smallest payout"),
				option("fee", KindAmount, "what a payout costs"),
				option("auto", KindOnOff, "settle each day without a person"),
				option("to", KindWords, "what you call the account that is paid to"),
				option("way", KindWay, "how payouts leave; sepa and ach need an account: vendor account set"),
				on("default", "the terms of the policy again"),
			},
			JSON: view.Page[view.PayTerms]{}, Run: runVendorTerms,
		},
	}
}

// runSettle calls until the run is done, and says how far it is where somebody reads along.
func runSettle(r *Run) error {
	q := view.SettleOrder{Vendor: r.flag("vendor")}
	var err error
	if q.At, err = r.since("at"); err != nil {
		return err
	}
	for {
		n, err := r.Service.SettleRun(r.Ctx, r.Who, q)
		if err != nil || n.Done {
			return r.answerFacts(n, err)
		}
		if r.live != nil && !r.on("json") {
			_, err := fmt.Fprintf(r.live, "%s looked at, up to %s: %s settled\n",
				view.Plural(n.Tills, "till"), view.Clean(n.Behind), fmt.Sprint(n.Settled))
			if err != nil {
				return err
			}
		}
	}
}

func runSettleRuns(r *Run) error {
	q := view.Paging{Before: view.Cursor(r.flag("cursor"))}
	var err error
	if q.Limit, err = r.limit(); err != nil {
		return err
	}
	p, err := r.Service.SettleRuns(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "Nothing was settled yet.", view.SettleRunTable)
}

func runSettlements(r *Run) error {
	q := view.SettlementQuery{
		Vendor: r.flag("vendor"), State: r.flag("state"), File: r.flag("file"),
		Paging: view.Paging{Before: view.Cursor(r.flag("cursor"))},
	}
	var err error
	if q.Limit, err = r.limit(); err != nil {
		return err
	}
	if n, err := r.Flags.GetInt("run"); err == nil && n > 0 {
		q.Run = uint64(n)
	}
	p, err := r.Service.Settlements(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "No settlement is like that.", view.SettlementTable)
}

func runStatement(r *Run) error {
	v, err := r.Service.Statement(r.Ctx, r.Who, r.Args[0])
	return r.answerOf(v, err, func(s *textWriter) { s.raw(v.CSV()) })
}

// runPayout takes one step.
func runPayout(r *Run, event string) error {
	q := view.SettlementStep{ID: r.Args[0], Event: event}
	if r.Flags.Lookup("reason") != nil {
		q.Reason = r.flag("reason")
	}
	if r.Flags.Lookup("to") != nil {
		q.To = r.flag("to")
	}
	p, err := r.Service.SettlementStep(r.Ctx, r.Who, q)
	return r.answerOf(view.SettlementsMoved{Data: p.Data}, err, func(s *textWriter) {
		s.table("", view.SettlementTable(p.Data, s.format()))
	})
}

func runPayoutSubmit(r *Run) error {
	c, err := r.currency(r.Args[0])
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.PayoutSubmit(r.Ctx, r.Who, c, r.flag("way")))
}

// runStatementPaper prints a statement into a file.
func runStatementPaper(r *Run) error {
	v, err := r.Service.StatementSheet(r.Ctx, r.Who, r.Args[0])
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(v.PDF)
	if err != nil {
		return err
	}
	return r.answerFile(v, file{bytes: raw, binary: true})
}

// runPayoutFile prints the bytes and nothing else, so that they can be sent on as they are.
func runPayoutFile(r *Run) error {
	v, err := r.Service.PayoutFile(r.Ctx, r.Who, r.Args[0])
	if err != nil || v.Bank == "" {
		return r.answerOf(v, err, func(s *textWriter) { s.raw(v.Content) })
	}
	raw := []byte(v.Content) // it has account numbers in it, so it goes into a file and nowhere else
	v.Content = ""
	return r.answerFile(v, file{bytes: raw, binary: true})
}

// runVendorTerms shows terms, or changes those that are named.
func runVendorTerms(r *Run) error {
	q := view.TermsChange{Vendor: r.Args[0], Set: map[string]string{}, Default: r.on("default")}
	for _, name := range []string{
		"amount", "after", "delay", "reserve", "reserve-for", "minimum", "fee", "auto", "to", "way",
	} {
		if value := r.flag(name); value != "" {
			q.Set[strings.ReplaceAll(name, "-", "_")] = value
		}
	}
	if q.Payee = r.flag("payee"); q.Payee != "" {
		return runPayee(r, q)
	}
	if r.flag("wallet") != "" {
		return r.misuse("Name the payee whose wallet it is with --payee.")
	}
	if len(q.Set) == 0 && !q.Default {
		all, err := r.Service.PayTerms(r.Ctx, r.Who, q.Vendor)
		return answerTerms(r, all, err)
	}
	var err error
	if q.Currency, err = r.currencyOfTerms(); err != nil {
		return err
	}
	all, err := r.Service.SetPayTerms(r.Ctx, r.Who, q)
	return answerTerms(r, all, err)
}

// currencyOfTerms is the currency that was named, or the only one of the service.
func (r *Run) currencyOfTerms() (ledger.Currency, error) {
	if text := r.flag("currency"); text != "" {
		return r.currency(text)
	}
	house, err := r.Service.House(r.Ctx)
	if err != nil {
		return "", err
	}
	if len(house.Currencies) != 1 {
		return "", r.misuse("Name the currency: --currency CURRENCY")
	}
	return house.Currencies[0], nil
}

func answerTerms(r *Run, all []view.PayTerms, err error) error {
	var asked view.List[view.Ask]
	for _, t := range all {
		for _, a := range t.Asked {
			a.Again = "the same vendor terms"
			asked = append(asked, a)
		}
	}
	return r.withAsked(asked, r.answerOf(view.All(all), err, func(s *textWriter) {
		s.table("", view.TermsTable(all, s.format()))
	}))
}

// runPayee changes what a payee has of its own.
func runPayee(r *Run, q view.TermsChange) error {
	q.To = q.Set["to"]
	if text := q.Set["minimum"]; text != "" {
		a, err := ledger.ReadAmount(text, "")
		if err != nil {
			return r.misread("--minimum", err)
		}
		q.Minimum = &a
	}
	q.Wallet = r.flag("wallet")
	if q.To == "" && q.Set["way"] == "" && q.Minimum == nil && q.Wallet == "" || q.Default {
		return r.misuse("Name --to, --way, --minimum or --wallet for a payee.")
	}
	all, err := r.Service.SetPayTerms(r.Ctx, r.Who, q)
	return answerTerms(r, all, err)
}
