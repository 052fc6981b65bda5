package command

import (
	"strconv"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// reportCommands are what an accountant asks of the books.
func reportCommands() []Command {
	return []Command{
		{
			Path: "report trial", Help: "print the trial balance: what each class stands at", Role: ledger.RoleOperator,
			Long: "Debit less credit is the balance; over all classes of a currency it is nothing.",
			JSON: view.Page[view.TrialLine]{}, Run: runTrial,
		},
		{
			Path: "report coverage", Help: "print what the service has and what it owes", Role: ledger.RoleOperator,
			Long: "Assets are liquid: at the bank, or on their way there. Owed is what users, vendors and payees have.",
			JSON: view.Page[view.CoverageLine]{}, Run: runCoverage,
		},
		{
			Path: "report ledger", Help: "print the general ledger of one class, newest first", Role: ledger.RoleOperator,
			Long: "CLASS is a number that report trial prints. Accounts are numbers of the service: U user, V vendor,\n" +
				"P payee, E the entry that they wait since. For all of the books: tuppence export.",
			Inputs: []Input{
				arg(KindClass),
				option("since", KindSince, "not older than this: 2026-11-01, or 7d, 12h"),
				option("until", KindUntil, "older than this: 2026-12-01, or 7d, 12h"),
				pageSize(),
				option("cursor", KindCursor, "go on after the page that ended with this"),
			},
			JSON: view.Page[view.LedgerLine]{}, Run: runLedger,
		},
	}
}

func runTrial(r *Run) error {
	p, err := r.Service.Trial(r.Ctx, r.Who)
	return answerPage(r, p, err, "No money has moved yet.", view.TrialTable)
}

func runCoverage(r *Run) error {
	p, err := r.Service.Coverage(r.Ctx, r.Who)
	return answerPage(r, p, err, "No money has moved yet.", view.CoverageTable)
}

// runLedger lists a page of the general ledger.
func runLedger(r *Run) error {
	class, err := strconv.ParseUint(r.Args[0], 10, 16)
	if err != nil {
		return r.misuse("CLASS is %q, which is no number such as 2000.", typed(r.Args[0]))
	}
	q := view.LedgerQuery{Class: ledger.Class(class), Paging: view.Paging{Before: view.Cursor(r.flag("cursor"))}}
	if q.Limit, err = r.limit(); err != nil {
		return err
	}
	if q.Since, err = r.since("since"); err != nil {
		return err
	}
	if q.Until, err = r.since("until"); err != nil {
		return err
	}
	p, err := r.Service.GeneralLedger(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "Nothing like that.", view.LedgerTable)
}
