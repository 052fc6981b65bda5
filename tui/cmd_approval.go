package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func approvalCommands() []Command {
	return []Command{
		{
			Path: "pending", Args: "[CODE]", Help: "list the requests that wait for your answer, or show one", Role: ledger.RoleUser, Place: "approval", Key: "a",
			Flags: func(fs *pflag.FlagSet) {
				fs.Duration("wait", 0, "wait up to `DURATION` (10m) until there is one")
			},
			JSON: []approvalJSON(nil), Run: runPending,
		},
		{
			Path: "approve", Args: "CODE", Help: "say yes to the request with this code and pay it", Role: ledger.RoleUser, Place: "approval",
			Long: "Typing the code is the confirmation; look at the request first with: pending CODE\n" +
				"A code pays once: typed again, the receipt is the same.",
			Flags: func(fs *pflag.FlagSet) {
				fs.String("link", "", "and let the vendor charge without asking inside this `BUDGET`; \"proposed\" takes what it asked for")
				fs.String("per-charge", "", "with --link: at most this `AMOUNT` in one charge")
				periodFlag(fs)
			},
			JSON: receiptJSON{}, Run: runApprove,
		},
		{
			Path: "deny", Args: "CODE", Help: "say no to the request with this code", Role: ledger.RoleUser, Place: "approval",
			Flags: func(fs *pflag.FlagSet) {
				fs.Bool("block", false, "refuse every later request of this vendor too")
			},
			JSON: receiptJSON{}, Run: runDeny,
		},
	}
}

func runPending(r *Run) error {
	if len(r.Args) > 0 {
		a, err := r.Service.Approval(r.Ctx, r.Who, code(r.Args[0]))
		if err != nil {
			return err
		}
		return r.answer([]approvalJSON{wireApproval(a)}, func(s *sheet) { s.drawApproval(a) })
	}
	wait, err := r.Flags.GetDuration("wait")
	if err != nil {
		return err
	}
	if wait < 0 || wait > 24*time.Hour {
		return r.misuse("--wait goes up to 24h.")
	}
	all, err := r.waitPending(wait)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireApproval), func(s *sheet) {
		if len(all) == 0 {
			s.line("Nothing waits for your answer.")
			return
		}
		rows := make([][]string, 0, len(all))
		for _, a := range all {
			rows = append(rows, []string{a.Code, a.Vendor, what(a), s.at(a.Expires), money(in(a.Price, a.From))})
		}
		s.table("", []column{{title: "Code"}, {title: "Vendor"}, {title: "For", elastic: true}, {title: "Expires"}, {title: "Price", right: true}}, rows)
		s.gap()
		s.line("Answer with: approve CODE, or: deny CODE")
	})
}

// waitPending lists what waits; if nothing does, it looks again whenever the wallet changes, as long as it may.
func (r *Run) waitPending(wait time.Duration) ([]ledger.Approval, error) {
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

// code brings what a person typed into the form that is shown: WDJB-MJHT.
func code(typed string) string {
	text := strings.ToUpper(strings.TrimSpace(typed))
	if len(text) == 8 && !strings.Contains(text, "-") {
		return text[:4] + "-" + text[4:]
	}
	return text
}

// what is asked for, in one cell.
func what(a ledger.Approval) string {
	if a.Mode == ledger.ModeLink {
		return "to charge without asking"
	}
	return a.Title
}

func (s *sheet) drawApproval(a ledger.Approval) {
	to := a.Vendor + " (no verified site)"
	if a.Site != "" {
		to = a.Vendor + " (" + a.Site + ", verified)"
	}
	day := decimal(a.DaySpent.Micros)
	if !a.DayNone {
		day += " of " + decimal(a.DayMax.Micros)
	}
	ask := ""
	if a.Mode == ledger.ModeLink {
		ask = boundsWords(a.Ask)
	}
	s.facts("", fact{"code", a.Code}, fact{"to", to}, fact{"for", what(a)}, fact{"about", a.What}, fact{"gives", termsWords(s, a.Bounds)},
		fact{"price", money(in(a.Price, a.From))}, fact{"proposes", ask},
		fact{"from", fmt.Sprintf("%s, %s -> %s", a.From, decimal(a.Before.Micros), decimal(a.After.Micros))}, fact{"today", day + " spent"},
		fact{"before", plural(a.Purchases, "purchase") + " at this vendor"}, fact{"status", string(a.Status)}, fact{"expires", s.at(a.Expires)},
		fact{"note", a.Refused})
	if a.Status == ledger.CheckoutOpen {
		s.gap()
		s.line("Answer with: approve " + a.Code + ", or: deny " + a.Code)
	}
}

// termsWords tells what ends a grant.
func termsWords(s *sheet, b ledger.Bounds) string {
	var parts []string
	if b.Views > 0 {
		parts = append(parts, plural(uint64(b.Views), "view"))
	}
	if b.Hours > 0 {
		parts = append(parts, plural(uint64(b.Hours), "hour")+" after the first use")
	}
	if b.Days > 0 {
		parts = append(parts, plural(uint64(b.Days), "day"))
	}
	if !b.Expires.IsZero() {
		parts = append(parts, "until "+s.at(b.Expires))
	}
	return strings.Join(parts, ", ")
}

func runApprove(r *Run) error {
	answer := ledger.Answer{Code: code(r.Args[0]), Yes: true}
	switch budget := r.flag("link"); {
	case budget == "proposed":
		answer.Link = true
	case budget != "":
		limits, err := r.linkLimits(budget)
		if err != nil {
			return err
		}
		answer.Link, answer.Limits = true, &limits
	case r.flag("per-charge") != "" || r.Flags.Changed("period"):
		return r.misuse("--per-charge and --period belong to --link BUDGET.")
	}
	// Whoever types a code is here: the purchase window opens, as by a key press in the terminal.
	if err := r.Service.Touch(r.Ctx, r.Who); err != nil {
		return err
	}
	return r.answered(answer)
}

func runDeny(r *Run) error {
	return r.answered(ledger.Answer{Code: code(r.Args[0]), Block: r.on("block")})
}

func (r *Run) answered(a ledger.Answer) error {
	receipt, err := r.Service.Answer(r.Ctx, r.Who, a)
	if err != nil {
		return err
	}
	if denied := receipt.Status == ledger.CheckoutDenied; receipt.Again && denied == a.Yes {
		// "approve" must not succeed for a script when nothing was paid, nor "deny" when something was.
		before := "approved"
		if denied {
			before = "refused"
		}
		return ledger.Refuse(ledger.ErrState, "See what happened with: history", "This request was %s before; nothing new happened.", before)
	}
	return r.answer(wireReceipt(receipt), func(s *sheet) { s.drawReceipt(receipt) })
}

func (s *sheet) drawReceipt(v ledger.Receipt) {
	if v.Again {
		s.line("This request had been answered before; nothing new happened.")
	}
	paid, after := "", ""
	if v.Amount.Micros != 0 {
		paid, after = money(v.Amount), money(in(v.After, v.Amount.Currency))
	}
	s.facts("", fact{"answer", string(v.Status)}, fact{"vendor", v.Vendor}, fact{"title", v.Title}, fact{"paid", paid}, fact{"available", after},
		fact{"id", v.ID}, fact{"link", v.Link}, fact{"at", s.at(v.At)})
	if len(v.Lines) > 0 {
		s.section("Who got what")
		s.drawLines(v.Lines)
	}
	if v.Grant != nil {
		s.section("Access")
		s.drawGrant(*v.Grant)
	}
}
