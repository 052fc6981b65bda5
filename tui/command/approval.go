package command

import (
	"context"
	"errors"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// approvalCommands answer the requests of vendors (claims 13, 28): a person compares the code on the vendor's page with
// the one in the terminal.
func approvalCommands() []Command {
	return []Command{
		{
			Path: "pending", Help: "list the requests that wait for your answer, or show one", Role: ledger.RoleUser,
			Place: "approval", Key: "a answer:enter", KeyHelp: "answer what waits",
			Inputs: []Input{
				arg(KindRequest).optional(),
				option("wait", KindDuration, "wait so long, for example 10m, until there is one"),
				followFlag(),
			},
			JSON: view.Page[view.Approval]{}, Run: runPending,
		},
		{
			Path: "approve", Help: "say yes to the request with this code and pay it", Role: ledger.RoleUser,
			Place: "approval", Key: "approval:y approval:l",
			Long: "Without --expect nothing is paid: it says who wants how much, and the line that pays it.\n" +
				"--match is the number that your page shows. If you have no such page, refuse: somebody else gets what you pay\n" +
				"for. The second wrong number refuses the request. A code pays once: typed again, the receipt is the same.",
			Inputs: []Input{
				arg(KindRequest),
				option("expect", KindPrice, "pay it, if the price is this one"),
				option("match", KindMatch, "the number that your page shows; needed if a browser has opened one"),
				on("yes", "allow it, where the request is for a permission and has no price"),
				option("link", KindBudget, "let the vendor charge without asking inside this budget; proposed: what it asked for"),
				option("per-charge", KindAmount, "with --link: at most so much in one charge"),
				budgetPeriod(),
			},
			JSON: view.Receipt{}, Run: runApprove,
		},
		{
			Path: "deny", Help: "say no to the request with this code", Role: ledger.RoleUser,
			Place: "approval", Key: "approval:n approval:b", Asks: true,
			Long:   "With --block it needs --yes: the vendor can ask you for nothing until you unblock it.",
			Inputs: []Input{arg(KindRequest), on("block", "refuse every later request of this vendor too")},
			JSON:   view.Receipt{}, Run: runDeny,
		},
	}
}

// runPending lists what waits, or shows one request by its code. A code that was answered before is shown as well,
// without the hint how to answer it.
func runPending(r *Run) error {
	if len(r.Args) > 0 && !r.on("follow") {
		a, err := r.Service.Approval(r.Ctx, r.Who, view.CheckoutCode(r.Args[0]))
		return r.answerOf(view.All([]view.Approval{a}), err, func(s *textWriter) {
			s.request(a)
			if a.Open() {
				s.gap()
				s.line("Answer with: approve " + a.Code + ", or: deny " + a.Code)
			}
		})
	}
	if r.on("follow") {
		return follow(r, feed[view.Approval]{
			page: func(view.Paging) (view.Page[view.Approval], error) {
				all, err := r.Service.Pending(r.Ctx, r.Who)
				return view.All(all), err
			},
			name:  func(a view.Approval) (string, view.State) { return a.Code, a.Status },
			table: view.ApprovalTable,
		})
	}
	wait, err := r.Flags.GetDuration("wait")
	if err != nil {
		return err
	}
	if wait < 0 || wait > 24*time.Hour {
		return r.misuse("--wait goes up to 24h.")
	}
	all, err := r.waitPending(wait)
	return r.answerOf(view.All(all), err, func(s *textWriter) {
		if len(all) == 0 {
			s.line("Nothing waits for your answer.")
			return
		}
		s.table("", view.ApprovalTable(all, s.format()))
		s.gap()
		s.line("Answer with: approve CODE, or: deny CODE")
	})
}

// request shows what a vendor wants, and asks for the number of its page.
func (s *textWriter) request(a view.Approval) {
	s.facts("", a.Facts(s.format())...)
	if words := a.OwnPage(); len(words) > 0 && !s.plain { // there it is asked for
		s.gap()
		for _, w := range words {
			s.line(w)
		}
	}
}

// waitPending lists what waits; if nothing does, it looks again whenever the wallet changes, as long as it may.
func (r *Run) waitPending(wait time.Duration) ([]view.Approval, error) {
	all, err := r.Service.Pending(r.Ctx, r.Who)
	if err != nil || wait == 0 || len(all) > 0 {
		return all, err
	}
	ctx, cancel := context.WithTimeout(r.Ctx, wait)
	defer cancel()
	woken, err := r.Service.Watch(ctx, r.Who)
	if err != nil {
		return nil, err
	}
	for {
		// Asked after Watch, so that a request that came in between is not missed.
		if all, err = r.Service.Pending(ctx, r.Who); len(all) > 0 || err != nil && ctx.Err() == nil {
			return all, err
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) && r.Ctx.Err() == nil {
				return nil, nil
			}
			return nil, r.Ctx.Err()
		case <-woken:
		}
	}
}

// runDeny says no. It opens no purchase window: nothing is bought.
func runDeny(r *Run) error {
	if r.on("block") && !r.Yes {
		a, err := r.Service.Approval(r.Ctx, r.Who, view.CheckoutCode(r.Args[0]))
		if err != nil {
			return err
		}
		if !a.Open() {
			return ledger.RefuseState("request", a.Status.Words())
		}
		return confirm(r.again(), "", "%s", BlockMeans(view.Clean(a.Vendor)))
	}
	return r.answered(view.Answer{Code: view.CheckoutCode(r.Args[0]), Block: r.on("block")})
}

// answered sends the answer and prints the receipt.
func (r *Run) answered(a view.Answer) error {
	receipt, err := r.Service.Answer(r.Ctx, r.Who, a)
	if err != nil {
		return err
	}
	if denied := receipt.Status == view.State(ledger.CheckoutDenied); receipt.Again && denied == a.Yes {
		// "approve" must not succeed for a script when nothing was paid, nor "deny" when something was.
		before := "approved"
		if denied {
			before = "refused"
		}
		return ledger.Refuse(ledger.ErrState, "See what happened with: history",
			"This request was %s before; nothing new happened.", before)
	}
	return r.answer(receipt, func(s *textWriter) {
		if receipt.Again {
			s.line("This request had been answered before; nothing new happened.")
		}
		s.facts("", receipt.Facts(s.format())...)
		s.lines(receipt.Lines)
		s.grant(receipt.Grant)
	})
}
