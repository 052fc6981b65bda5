package command

import (
	"fmt"
	"slices"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// contestCommands are what a buyer does in a dispute that is open.
func contestCommands() []Command {
	act := func(act, help, long string, moves bool, more ...Input) Command {
		return Command{
			Path: "dispute " + act, Help: help, Long: long, Role: ledger.RoleUser, Moves: moves,
			Place: "disputes", Inputs: append([]Input{arg(KindOwnDispute)}, more...),
			JSON: view.Dispute{}, Run: func(r *Run) error { return r.contest(act) },
		}
	}
	accept := act(ledger.DisputeAccept, "take the part that the vendor offers", "It ends the dispute.", true)
	accept.Key = "dispute:enter" // the sheet has a line for each of them
	return []Command{
		accept,
		act(ledger.DisputeDecline, "decline what the vendor offers", "A person decides then.", false),
		act(ledger.DisputeAppeal, "appeal a decision for the vendor, once", "Another person decides, for good.", false,
			option("text", KindWords, "what was not seen or not known").needed()),
		act(ledger.DisputeWithdraw, "end a dispute: the vendor keeps the money", "It ends the dispute.", true),
	}
}

// contest does an act in a dispute. What ends it only says what would happen, until it is confirmed.
func (r *Run) contest(act string) error {
	q := view.DisputeAct{ID: r.Args[0], Act: act}
	if act == ledger.DisputeAppeal {
		q.Text = r.flag("text")
	}
	if r.command.Moves && !r.Yes {
		return r.wouldContest(q)
	}
	return r.answerDispute(r.Service.ContestDispute(r.Ctx, r.Who, q))
}

// wouldContest says what the end of a dispute would give to whom. It changes nothing.
func (r *Run) wouldContest(q view.DisputeAct) error {
	all, err := r.Service.Disputes(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	d, err := ownDispute(all, q.ID)
	switch {
	case err != nil:
		return err
	case !slices.Contains(d.Can, q.Act):
		return ledger.Refuse(ledger.ErrState, "See what can be done with: disputes "+view.Clean(d.ID),
			"This dispute is %s: nobody can %s it.", d.State.Words(), q.Act)
	}
	happens := fmt.Sprintf("leave %s for %q to the vendor %s", d.Amount, d.Title, d.Vendor)
	if q.Act == ledger.DisputeAccept && d.Offer != nil {
		happens = fmt.Sprintf("give you %s of the %s for %q, and leave the rest to the vendor %s",
			*d.Offer, d.Amount, d.Title, d.Vendor)
	}
	return confirm("dispute "+q.Act+" "+view.Clean(d.ID)+" --yes", "", "This would %s, for good.", happens)
}

// ownDispute finds one of the caller's disputes.
func ownDispute(all []view.Dispute, id string) (view.Dispute, error) {
	if i := slices.IndexFunc(all, func(d view.Dispute) bool { return d.ID == id }); i >= 0 {
		return all[i], nil
	}
	return view.Dispute{}, ledger.Refuse(ledger.ErrNotFound, "Copy the id from: disputes", "There is no dispute %s.",
		typed(id))
}

// answerDispute is the answer of a command that shows or changes a dispute.
func (r *Run) answerDispute(d view.Dispute, err error) error {
	return r.answerOf(d, err, func(s *textWriter) { s.dispute(d) })
}

// dispute writes what is known of a dispute, then what was said in it.
func (s *textWriter) dispute(d view.Dispute) {
	s.facts("", d.Facts(s.format())...)
	s.line("Case")
	s.facts("  ", d.Timeline(s.format())...)
}

// askCommand is staff's question to the vendor of a dispute.
func askCommand() Command {
	return Command{
		Path: "desk ask", Help: "ask the vendor of a dispute that is under review", Role: ledger.RoleRep, Place: "desk",
		Long: "The vendor has as long as for the first answer. Both sides read the question.",
		Inputs: []Input{
			arg(KindDispute), option("text", KindWords, "the question").needed(),
		},
		JSON: view.Dispute{},
		Run: func(r *Run) error {
			return r.answerDispute(r.Service.AskVendor(r.Ctx, r.Who, r.Args[0], r.flag("text")))
		},
	}
}
