package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func deskCommands() []Command {
	step := func(word, help string) Command {
		return Command{
			Path: "deposit " + word, Args: "REFERENCE… AMOUNT CURRENCY", Help: help, Role: ledger.RoleRep, Place: "desk",
			Long: "AMOUNT and CURRENCY must be what was announced under the reference.",
			JSON: depositJSON{}, Run: func(r *Run) error { return runStep(r, word) },
		}
	}
	return []Command{
		{
			Path: "desk disputes", Help: "list disputes that wait for a decision, oldest promise first", Role: ledger.RoleRep, Place: "desk",
			JSON: []disputeJSON(nil), Run: runDeskDisputes,
		},
		{
			Path: "desk deposits", Help: "list offline deposits that are on their way", Role: ledger.RoleRep, Place: "desk",
			JSON: []depositJSON(nil), Run: runDeskDeposits,
		},
		{
			Path: "decide", Args: "ID --user|--vendor", Help: "decide a dispute, for the user or for the vendor", Role: ledger.RoleRep, Moves: true, Place: "desk",
			Flags: func(fs *pflag.FlagSet) {
				fs.Bool("user", false, "the user gets the money back")
				fs.Bool("vendor", false, "the vendor keeps the money")
				fs.String("reason", "", "why, in `WORDS`; both sides read them")
				need(fs, "reason")
			},
			JSON: disputeJSON{}, Run: runDecide,
		},
		step("received", "the instrument of an offline deposit has come: its tokens are uncollected"),
		step("cleared", "an offline deposit has cleared: its tokens are paid"),
		step("bounced", "an offline deposit has bounced: its tokens go back"),
	}
}

func runDeskDisputes(r *Run) error {
	all, err := r.Service.DeskDisputes(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireDispute), func(s *sheet) {
		if len(all) == 0 {
			s.line("Queue is empty.")
			return
		}
		s.drawDisputes(all, true)
	})
}

func runDeskDeposits(r *Run) error {
	all, err := r.Service.DeskDeposits(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireDeposit), func(s *sheet) {
		if len(all) == 0 {
			s.line("No offline deposit is on its way.")
			return
		}
		s.drawDeposits(all, true)
	})
}

func runDecide(r *Run) error {
	user, id, reason := r.on("user"), r.Args[0], r.flag("reason")
	if user == r.on("vendor") {
		return r.misuse("Say for whom: either --user or --vendor.")
	}
	if !r.Yes {
		return r.wouldDecide(id, user, reason)
	}
	d, err := r.Service.Decide(r.Ctx, r.Who, id, user, reason)
	if err != nil {
		return err
	}
	return r.answer(wireDispute(d), func(s *sheet) { s.drawDispute("", d) })
}

func runStep(r *Run, step string) error {
	last := len(r.Args) - 2 // a reference is shown in groups, and copied so
	amount, err := r.amount(r.Args[last], r.Args[last+1])
	if err != nil {
		return err
	}
	d, err := r.Service.Step(r.Ctx, r.Who, strings.Join(r.Args[:last], " "), step, amount)
	if err != nil {
		return err
	}
	return r.answer(wireDeposit(d), func(s *sheet) { s.drawDeposit("", d) })
}

// wouldDecide says what a decision would do: to whom, how much and for what.
func (r *Run) wouldDecide(id string, user bool, reason string) error {
	queue, err := r.Service.DeskDisputes(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(queue, func(d ledger.DisputeView) bool { return d.ID == id })
	if i < 0 {
		return ledger.Refuse(ledger.ErrNotFound, "Copy the id from: desk disputes", "No dispute %s waits for a decision.", clean(id))
	}
	d := queue[i]
	side, happens := "--vendor", fmt.Sprintf("leave %s for %q to the vendor %s", money(d.Amount), d.Title, d.Vendor)
	if user {
		side, happens = "--user", fmt.Sprintf("give %s for %q back to %s, from the vendor %s", money(d.Amount), d.Title, d.Handle, d.Vendor)
	}
	return confirm("decide "+id+" "+side+" --reason "+quote(reason)+" --yes", "", "This would %s, for good.", happens)
}
