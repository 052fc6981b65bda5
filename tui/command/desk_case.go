package command

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// lookCommands are what a person reads of the looks of staff.
func lookCommands() []Command {
	return []Command{{
		Path: "me log", Help: "list which members of staff looked at your wallet, and why", Role: ledger.RoleUser,
		Place: "me", Inputs: []Input{pageSize(), option("cursor", KindCursor, "go on after the page that ended with this")},
		JSON: view.Page[view.Look]{}, Run: runLooks,
	}}
}

func runLooks(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	p, err := r.Service.Looks(r.Ctx, r.Who, view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))})
	return answerPage(r, p, err, "Nobody of the staff has looked at your wallet.", view.LookTable)
}

// reasonWhy is the flag by which staff say why they look or act.
func reasonWhy(name string) Input {
	return option(name, KindWhy, "why, one word of the list")
}

// whyWords are the words beside it.
func whyWords() Input { return option("words", KindWords, "more, in your own words") }

// caseCommands are how staff find, share and read cases.
func caseCommands() []Command {
	return slices.Concat(queueCommands(), noteCommands(), []Command{
		{
			Path: "desk find", Help: "find what a caller names: an id, a reference, a wallet, a vendor", Role: ledger.RoleRep,
			Place: "desk", Key: "desk:F",
			Long: "TEXT is any id that a page, a receipt or a history shows, a reference, a handle, a vendor's name or its\n" +
				"beginning, an entry's number, or the first six characters of a claim code: never ask for all of a code.\n" +
				"Names and addresses of people are not here.",
			Inputs: []Input{arg(KindText).repeated()}, JSON: view.Page[view.Found]{}, Run: runDeskFind,
		},
		{
			Path: "desk wallet", Help: "read a wallet as its owner sees it; the owner reads that you looked",
			Role: ledger.RoleRep, Place: "desk", Key: "desk:v",
			Long: "It has no codes, no links of payments and nothing that buys. The look is a line of the staff log and of\n" +
				"the wallet's own log, with your name and your reason.",
			Inputs: []Input{arg(KindHandle), reasonWhy("reason").needed(), whyWords()},
			JSON:   view.Mirror{}, Run: runDeskWallet,
		},
		{
			Path: "desk write on", Help: "let this session act, for a reason", Role: ledger.RoleRep, Place: "desk",
			Key: "desk:w",
			Long: "A session of staff reads only until then. It ends 15 minutes after the last act, and with the session.\n" +
				"A command line is one act and needs no mode: it takes --why CODE.",
			Inputs: []Input{reasonWhy("reason").needed(), whyWords()},
			JSON:   view.WriteMode{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.WriteMode(r.Ctx, r.Who, true, r.why("reason")))
			},
		},
		{
			Path: "desk write off", Help: "let this session read only", Role: ledger.RoleRep, Place: "desk",
			JSON: view.WriteMode{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.WriteMode(r.Ctx, r.Who, false, ledger.StaffReason{}))
			},
		},
	})
}

// queueCommands are the one queue.
func queueCommands() []Command {
	return []Command{{
		Path: "desk queue", Help: "list what waits for a person, what was promised first on top", Role: ledger.RoleRep,
		Place: "desk",
		Long: "Disputes, instruments that have come, money without an owner, and proposals. In the same hour what is\n" +
			"worth more comes first. What is announced and has not come is in: desk deposits.",
		Inputs: []Input{
			on("mine", "only what is with you"), on("free", "only what is with nobody"),
			option("kind", KindCase, "only cases of this kind"), pageSize(),
			option("cursor", KindCursor, "go on after the page that ended with this"),
		},
		JSON: view.Page[view.Task]{}, Run: runDeskQueue,
	}}
}

// noteCommands are what staff say to each other about a case.
func noteCommands() []Command {
	step := func(path, key, help, long string, inputs []Input, run func(*Run) (view.CaseFile, error)) Command {
		return Command{
			Path: path, Help: help, Long: long, Role: ledger.RoleRep, Place: "desk", Key: key,
			Inputs: append([]Input{arg(KindCaseID)}, inputs...), JSON: view.CaseFile{}, Acts: true,
			Run: func(r *Run) error { return r.answerFacts(run(r)) },
		}
	}
	return []Command{
		step("desk note", "desk:n", "note something about a case for colleagues",
			"Nobody else reads it. It stands in the journal: write nothing of the person.", []Input{arg(KindText).repeated()},
			func(r *Run) (view.CaseFile, error) {
				return r.Service.DeskNote(r.Ctx, r.Who, r.Args[0], strings.Join(r.Args[1:], " "))
			}),
		step("desk claim", "desk:c", "say that you work on a case, for 30 minutes",
			"A claim keeps nobody from deciding: it is there so that two do not do the same.", nil,
			func(r *Run) (view.CaseFile, error) { return r.Service.DeskClaim(r.Ctx, r.Who, r.Args[0]) }),
		step("desk release", "", "give a case back", "", nil,
			func(r *Run) (view.CaseFile, error) { return r.Service.DeskRelease(r.Ctx, r.Who, r.Args[0]) }),
		step("desk hand", "", "hand a case over to a colleague",
			"STAFF is a name of the desk, or the beginning of a fingerprint.",
			[]Input{arg(KindStaff), option("text", KindWords, "a word for the colleague")},
			func(r *Run) (view.CaseFile, error) {
				return r.Service.DeskHand(r.Ctx, r.Who, r.Args[0], r.Args[1], r.flag("text"))
			}),
	}
}

func runDeskFind(r *Run) error {
	p, err := r.Service.DeskFind(r.Ctx, r.Who, strings.Join(r.Args, " "))
	return answerPage(r, p, err, "Nothing is called so. Names and addresses of people are not here.", view.FoundTable)
}

// runDeskWallet prints the facts of a wallet, and its lists below them.
func runDeskWallet(r *Run) error {
	v, err := r.Service.DeskWallet(r.Ctx, r.Who, r.Args[0], r.why("reason"))
	return r.answerOf(v, err, func(s *textWriter) {
		f := s.format()
		s.facts("", v.Facts(f)...)
		for _, part := range []struct {
			title string
			rows  view.Table
		}{
			{"Last rows", view.RowTable(v.Recent, f)},
			{"Deposits", view.DepositTable(v.Deposits, f, false)},
			{"Disputes", view.DisputeTable(v.Disputes, f, false)},
		} {
			if len(part.rows.Rows) > 0 {
				s.gap()
				s.line(part.title)
				s.table("  ", part.rows)
			}
		}
	})
}

// againWhy keeps the reason for the staff log in the line that confirms an act of staff.
func (r *Run) againWhy(c *Command, err error) error {
	asked, is := errors.AsType[*confirmation](err)
	if !is || !c.Acts {
		return err
	}
	more := ""
	for _, name := range []string{"why", "words"} {
		if text := r.flag(name); text != "" {
			more += " --" + name + " " + quote(text)
		}
	}
	line := strings.TrimSuffix(asked.again, " --yes") + more + " --yes"
	asked.Remedy = strings.Replace(asked.Remedy, asked.again, line, 1)
	asked.again = line
	return err
}

// why is the reason that was typed, with its words.
func (r *Run) why(flag string) ledger.StaffReason {
	return ledger.StaffReason{Code: r.flag(flag), Words: r.flag("words")}
}

func runDeskQueue(r *Run) error {
	q := view.TaskQuery{
		Mine: r.on("mine"), Free: r.on("free"), Kind: r.flag("kind"),
		Paging: view.Paging{Before: view.Cursor(r.flag("cursor"))},
	}
	var err error
	if q.Limit, err = r.limit(); err != nil {
		return err
	}
	none := "Nothing waits for a person."
	if q.Mine || q.Free || q.Kind != "" || q.Before != "" {
		none = "Nothing like that."
	}
	p, err := r.Service.DeskQueue(r.Ctx, r.Who, q)
	return answerPage(r, p, err, none, view.TaskTable)
}

// deedCommands are the acts of staff with money, and what needs two persons.
func deedCommands() []Command {
	vendor := func(word, help string, do func(*Run) (view.VendorState, error)) Command {
		return Command{
			Path: "vendor " + word, Help: help, Role: ledger.RoleRep, Place: "desk", Acts: true,
			Inputs: []Input{arg(KindName), option("reason", KindWords, "why").needed()}, JSON: view.VendorState{},
			Run: func(r *Run) error { return r.answerFacts(do(r)) },
		}
	}
	return []Command{
		{
			Path: "desk credit", Help: "give a wallet goodwill; above the bound it is proposed", Role: ledger.RoleRep,
			Place: "desk", Moves: true, Acts: true,
			Long: "The service pays. Above two_persons of the policy a second person approves it; never the own wallet.",
			Inputs: []Input{
				arg(KindHandle), arg(KindAmount), arg(KindCurrency),
				option("reason", KindWords, "why, in words that its owner reads").needed(), onceKey(),
			},
			JSON: view.Deed{}, Run: runGoodwill,
		},
		{
			Path: "desk refund", Help: "give a sale back in the place of its vendor", Role: ledger.RoleRep, Place: "desk",
			Moves: true, Acts: true,
			Long: "Without an amount all that is left goes back. Above two_persons of the policy a second person approves it.",
			Inputs: []Input{
				arg(KindPurchase), arg(KindAmount).optional(), arg(KindCurrency).optional(),
				option("reason", KindRefund, "why, one word of the list").needed(), onceKey(),
			},
			JSON: view.Deed{}, Run: runDeskRefund,
		},
		vendor("suspend", "stop a vendor: it sells nothing, what was sold stays", func(r *Run) (view.VendorState, error) {
			return r.Service.VendorSuspend(r.Ctx, r.Who, r.Args[0], r.flag("reason"))
		}),
		vendor("resume", "let a suspended vendor sell again", func(r *Run) (view.VendorState, error) {
			return r.Service.VendorResume(r.Ctx, r.Who, r.Args[0], r.flag("reason"))
		}),
	}
}

// proposalCommands are what a second person does.
func proposalCommands() []Command {
	return []Command{
		{
			Path: "desk proposals", Help: "list what waits for a second person", Role: ledger.RoleRep, Place: "desk",
			Inputs: []Input{
				on("all", "also those that are over"), pageSize(),
				option("cursor", KindCursor, "go on after the page that ended with this"),
			},
			JSON: view.Page[view.Deed]{}, Run: runDeskProposals,
		},
		{
			Path: "desk approve", Help: "do what another person has proposed", Role: ledger.RoleRep, Place: "desk", Moves: true,
			Acts: true, Inputs: []Input{arg(KindProposal)}, JSON: view.Deed{}, Run: runDeskApprove,
		},
		{
			Path: "desk deny", Help: "end a proposal without doing it", Role: ledger.RoleRep, Place: "desk", Acts: true,
			Inputs: []Input{arg(KindProposal), option("reason", KindWords, "why, for who has proposed it").needed()},
			JSON:   view.Deed{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.DeskDeny(r.Ctx, r.Who, r.Args[0], r.flag("reason")))
			},
		},
	}
}

// runGoodwill gives money away. Without --yes it says to whom and how much, and calls nothing that changes.
func runGoodwill(r *Run) error {
	amount, err := r.amount(r.Args[1], r.Args[2])
	if err != nil {
		return err
	}
	wallet, reason := r.Args[0], r.flag("reason")
	if r.Yes {
		return r.answerFacts(r.Service.DeskCredit(r.Ctx, r.Who, wallet, amount, reason))
	}
	if err := r.mustFind(wallet, "wallet"); err != nil {
		return err
	}
	return confirm(strings.Join([]string{"desk credit", quote(wallet), amount.Number(), string(amount.Currency)}, " ")+
		" --reason "+quote(reason)+r.keyAgain()+" --yes", "", "This would give %s to %s, at the expense of the service.",
		amount, view.Clean(wallet))
}

// runDeskRefund gives a sale back. Without --yes it says what, and calls nothing that changes.
func runDeskRefund(r *Run) error {
	var amount ledger.Amount
	var err error
	id, reason, what, again := r.Args[0], r.flag("reason"), "all that is left of "+view.Clean(r.Args[0]), ""
	switch len(r.Args) {
	case 2:
		return r.misuse("CURRENCY is missing.")
	case 3:
		if amount, err = r.amount(r.Args[1], r.Args[2]); err != nil {
			return err
		}
		what = amount.String() + " of " + view.Clean(id)
		again = " " + amount.Number() + " " + string(amount.Currency)
	}
	if r.Yes {
		return r.answerFacts(r.Service.DeskRefund(r.Ctx, r.Who, id, amount, reason))
	}
	if err := r.mustFind(id, "purchase"); err != nil {
		return err
	}
	return confirm("desk refund "+quote(id)+again+" --reason "+reason+r.keyAgain()+" --yes", "",
		"This would give %s back to its buyer, from the vendor.", what)
}

// keyAgain is the flag --key as it was typed.
func (r *Run) keyAgain() string {
	if key := r.flag("key"); key != "" {
		return " --key " + quote(key)
	}
	return ""
}

// mustFind refuses what is not there: no yes is asked for in vain.
func (r *Run) mustFind(text, kind string) error {
	p, err := r.Service.DeskFind(r.Ctx, r.Who, text)
	if err != nil || slices.ContainsFunc(p.Data, func(x view.Found) bool { return x.Kind == kind }) {
		return err
	}
	return ledger.Refuse(ledger.ErrNotFound, "Find it with: desk find", "There is no %s %s.", kind, typed(text))
}

func runDeskProposals(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	p, err := r.Service.DeskProposals(
		r.Ctx, r.Who, r.on("all"), view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))},
	)
	return answerPage(r, p, err, "Nothing waits for a second person.", view.DeedTable)
}

// runDeskApprove does what was proposed. Without --yes it says what that is, and calls nothing that changes.
func runDeskApprove(r *Run) error {
	id := r.Args[0]
	if r.Yes {
		return r.answerFacts(r.Service.DeskApprove(r.Ctx, r.Who, id))
	}
	d, err := r.proposal(r.Ctx, id)
	if err != nil {
		return err
	}
	return confirm("desk approve "+quote(id)+" --yes", "", "This would %s %s to %s, as %s proposed: %s.", d.Act, d.Amount,
		d.Handle, d.By, view.Clean(d.Reason))
}

// proposal finds a proposal that waits.
func (r *Run) proposal(ctx context.Context, id string) (view.Deed, error) {
	for q := (view.Paging{Limit: view.MaxRows}); ; {
		p, err := r.Service.DeskProposals(ctx, r.Who, false, q)
		if err != nil {
			return view.Deed{}, err
		}
		if i := slices.IndexFunc(p.Data, func(d view.Deed) bool { return d.Proposal == id }); i >= 0 {
			return p.Data[i], nil
		}
		if p.Next == "" {
			return view.Deed{}, ledger.Refuse(
				ledger.ErrNotFound, "Copy the id from: desk proposals", "No proposal %s waits.", typed(id),
			)
		}
		q.Before = p.Next
	}
}
