package command

import (
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// disputeCommands contest purchases (claim 14).
func disputeCommands() []Command {
	return append([]Command{
		{
			Path: "dispute", Help: "contest a purchase and ask for the money back", Role: ledger.RoleUser,
			Place: "disputes", Key: "history:d detail:d",
			Long: "ID is that of the purchase (see history). REASON is " + strings.Join(ledger.DisputeReasons, ", ") + ".\n" +
				"Small and recent purchases are paid back at once by rule; others wait for the vendor's answer.",
			Inputs: []Input{
				arg(KindPurchase),
				option("reason", KindReason, "why, one word of the list").needed(),
				option("text", KindWords, "more, in your own words; the vendor reads them"),
			},
			JSON: view.Dispute{}, Run: runDispute,
		},
		{
			Path: "disputes", Help: "list your disputes and how they stand", Role: ledger.RoleUser,
			Place: "disputes", Key: "disputes:enter",
			Long:   "With an ID it shows all that both sides have said in that dispute.",
			Inputs: append([]Input{arg(KindOwnDispute).optional()}, listInputs()...),
			JSON:   view.Page[view.Dispute]{}, Run: runDisputes,
		},
	}, contestCommands()...)
}

func runDispute(r *Run) error {
	q := view.DisputeRequest{ID: r.Args[0], Reason: r.flag("reason"), Text: r.flag("text")}
	return r.answerDispute(r.Service.Dispute(r.Ctx, r.Who, q))
}

// runDisputes lists the caller's own disputes. The wallet is left out: it is the same in every row.
func runDisputes(r *Run) error {
	all, err := r.Service.Disputes(r.Ctx, r.Who)
	if err == nil && len(r.Args) > 0 {
		d, err := ownDispute(all, r.Args[0])
		return r.answerOf(view.All([]view.Dispute{d}), err, func(s *textWriter) { s.dispute(d) })
	}
	return answerList(r, all, err, "No disputes.", func(all []view.Dispute, f view.Format) view.Table {
		return view.DisputeTable(all, f, false)
	})
}
