package command

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// planCommands are about royalty plans of vendors (claims 19, 20).
func planCommands() []Command {
	return []Command{
		{
			Path: "vendor plans", Help: "list the royalty plans of a vendor", Role: ledger.RoleOperator,
			Inputs: []Input{arg(KindName)}, JSON: view.Page[view.RoyaltyPlan]{},
			Run: func(r *Run) error {
				all, err := r.Service.RoyaltyPlans(r.Ctx, r.Who, r.Args[0])
				return answerList(r, all, err, "The vendor has no royalty plan.", view.RoyaltyPlanTable)
			},
		},
		{
			Path: "vendor plan show", Help: "show a royalty plan of a vendor", Role: ledger.RoleOperator,
			Inputs: []Input{
				arg(KindName), arg(KindPlan), option("version", KindCount, "an earlier version; left out: the newest"),
			},
			JSON: view.RoyaltyPlan{}, Run: runPlanShow,
		},
		{
			Path: "vendor plan set", Help: "make a royalty plan of a vendor, or its next version", Role: ledger.RoleOperator,
			Long: "Lines are PAYEE:ROLE:SHARE with commas between them: \"Ada Byron:author:12.5%, Press:publisher:0.01\".\n" +
				"Roles are author, publisher, owner, performer, agent and other. A share is of the price less the commission.\n" +
				"Sales from now on follow the new version; those that were made keep theirs.",
			Inputs: []Input{
				arg(KindName), arg(KindPlan), option("lines", KindWords, "who gets what; left out: as it is"),
				option("currency", KindCurrency, "of the fixed amounts"),
				option("default", KindOnOff, "for offers that name no royalties"),
			},
			JSON: view.RoyaltyPlan{}, Run: runPlanSet,
		},
	}
}

func runPlanShow(r *Run) error {
	version := 0
	if r.Flags.Changed("version") {
		var err error
		if version, err = r.Flags.GetInt("version"); err != nil {
			return err
		}
	}
	return r.answerFacts(r.Service.RoyaltyPlan(r.Ctx, r.Who, r.Args[0], r.Args[1], uint32(min(max(version, 0), 1<<31))))
}

func runPlanSet(r *Run) error {
	q := view.RoyaltyPlanOrder{Vendor: r.Args[0], Plan: r.Args[1], Lines: r.flag("lines")}
	if text := r.flag("currency"); text != "" {
		var err error
		if q.Currency, err = r.currency(text); err != nil {
			return err
		}
	}
	switch on := r.flag("default") == "on"; {
	case r.flag("default") != "":
		q.Default = &on
	case q.Lines == "":
		return r.misuse("Name --lines, --default or both.")
	}
	return r.answerFacts(r.Service.SetRoyaltyPlan(r.Ctx, r.Who, q))
}
