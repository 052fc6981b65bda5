package command

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// issueCommands are about vouchers of the service.
func issueCommands() []Command {
	return []Command{
		{
			Path: "vouchers", Help: "list issues of tokens: how many vouchers were redeemed, what is left",
			Role: ledger.RoleRep, Place: "desk",
			Inputs: []Input{
				option("vendor", KindName, "those that this vendor has paid for; left out: those of the service"), pageSize(),
				option("cursor", KindCursor, "go on after the page that ended with this"),
			},
			JSON: view.Page[view.TokenIssue]{}, Run: runVouchers,
		},
		{
			Path: "voucher issue", Help: "make vouchers that the service pays for", Role: ledger.RoleOperator, Place: "desk",
			Long: "A wallet redeems one with: voucher redeem CODE. The codes are told once. What nobody has redeemed comes\n" +
				"back at the end. Above the setting two_persons another person approves it.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency),
				option("count", KindCount, "how many; left out: 1"),
				option("days", KindCount, "in which they are redeemed; left out: 365"),
				option("reason", KindWords, "why, in words that who redeems one reads").needed(), onceKey(),
			},
			JSON: view.TokenIssue{}, Run: runVoucherIssue,
		},
		{
			Path: "voucher approve", Help: "pay for vouchers that another person has proposed", Role: ledger.RoleOperator,
			Place: "desk", Inputs: []Input{arg(KindIssue)}, JSON: view.TokenIssue{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.ApproveIssue(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "voucher void", Help: "take vouchers back that nobody has redeemed", Role: ledger.RoleOperator,
			Place: "desk", Inputs: []Input{arg(KindIssue)}, JSON: view.TokenIssue{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.VoidIssue(r.Ctx, r.Who, r.Args[0])) },
		},
	}
}

func runVouchers(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	q := view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))}
	p, err := r.Service.TokenIssues(r.Ctx, r.Who, r.flag("vendor"), q)
	return answerPage(r, p, err, "Nothing was issued.", view.TokenIssueTable)
}

func runVoucherIssue(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	q := view.VoucherRequest{Amount: amount, Count: 1, Days: 365, Reason: r.flag("reason")}
	for name, to := range map[string]*uint32{"count": &q.Count, "days": &q.Days} {
		if !r.Flags.Changed(name) {
			continue
		}
		n, err := r.Flags.GetInt(name)
		if err != nil {
			return err
		}
		*to = uint32(min(max(n, 0), 10_000)) // what is out of bounds the service refuses
	}
	return r.answerFacts(r.Service.IssueVouchers(r.Ctx, r.Who, q))
}
