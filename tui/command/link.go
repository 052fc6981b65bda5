package command

import (
	"slices"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// linkCommands are the permissions of vendors to charge without asking (claims 13, 21).
func linkCommands() []Command {
	return []Command{
		{
			Path: "vendors", Help: "list the vendors that this wallet knows", Role: ledger.RoleUser,
			Place: "vendors", Key: "vendors:enter vendors:o",
			Inputs: listInputs(), JSON: view.Page[view.Link]{}, Run: runVendors,
		},
		{
			Path: "link", Help: "let a vendor charge without asking, inside limits", Role: ledger.RoleUser,
			Place: "vendors", Key: "vendors:l", Asks: true,
			Long: "At least one of --per-charge, --budget and --total is needed. The limits of the wallet hold beside them.\n" +
				"A limit at the vendor that becomes looser needs --yes: without it, the command says what would change.",
			Inputs: linkInputs(),
			JSON:   view.Link{}, Run: runLink,
		},
		{
			Path: "vendors try", Help: "say what a permission would have paid in the last 30 days", Role: ledger.RoleUser,
			Place: "vendors",
			Long: "It gives no permission: the limits are held against what you bought at the vendor.\n" +
				"The limits of the wallet have let these purchases through, so they are not held against them again.",
			Inputs: linkInputs(),
			JSON:   view.WhatIf{}, Run: runVendorsTry,
		},
		{
			Path: "unlink", Help: "end a vendor's permission to charge without asking", Role: ledger.RoleUser,
			Place: "vendors", Key: "vendors:u",
			Inputs: []Input{arg(KindVendor)},
			JSON:   view.Link{}, Run: runUnlink,
		},
		{
			Path: "block", Help: "let a vendor ask you for nothing until you unblock it", Role: ledger.RoleUser, Moves: true,
			Place: "vendors", Key: "vendors:b",
			Long: "Its permission ends too. What you bought there stays yours.\n" +
				"Without --yes the command only says what would happen. Take it back with: unblock VENDOR",
			Inputs: []Input{arg(KindVendor)},
			JSON:   view.Link{}, Run: runBlock,
		},
		{
			Path: "unblock", Help: "let a blocked vendor ask you again", Role: ledger.RoleUser,
			Place: "vendors", Key: "vendors:B vendors:z approval:z",
			Long:   "It asks each time. A permission that ended with the block does not come back: give one with link.",
			Inputs: []Input{arg(KindVendor)},
			JSON:   view.Link{}, Run: runUnblock,
		},
	}
}

// linkInputs are a vendor and the bounds of a permission.
func linkInputs() []Input {
	return []Input{
		arg(KindVendor),
		option("per-charge", KindAmount, "at most so much in one charge"),
		option("budget", KindAmount, "at most so much in each period"),
		budgetPeriod(),
		option("total", KindAmount, "at most so much over the life of the link"),
		option("currency", KindCurrency, "the account; may be left out while there is one"),
	}
}

// budgetPeriod says how often the budget of a permission begins anew.
func budgetPeriod() Input {
	return option("period", KindBudgetPeriod, "period of the budget: day, week or month").preset("month")
}

// unbounded are limits that bound nothing.
var unbounded = ledger.Limits{
	PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
}

// linkLimits reads a budget, which a flag has, and the most of one charge, in micros. A period without a budget is
// refused, because it would say nothing.
func (r *Run) linkLimits(flag, budget string, c ledger.Currency) (ledger.Limits, error) {
	l := unbounded
	var err error
	if text := r.flag("per-charge"); text != "" {
		if l.PerPurchase, err = r.allowance("--per-charge", text, c); err != nil {
			return l, err
		}
	}
	of := map[string]*int64{"day": &l.PerDay, "week": &l.PerWeek, "month": &l.PerMonth}[r.flag("period")]
	if budget != "" {
		if *of, err = r.allowance(flag, budget, c); err != nil {
			return l, err
		}
	} else if r.Flags.Changed("period") {
		return l, r.misuse("--period says how often a budget begins anew, and there is no budget.")
	}
	return l, nil
}

// runVendors lists vendors with and without a permission: the name that link and unlink take is the one printed here.
func runVendors(r *Run) error {
	all, err := r.Service.Vendors(r.Ctx, r.Who)
	return answerList(r, all, err, "Links appear with your first purchase at a vendor.",
		func(all []view.Link, _ view.Format) view.Table { return view.LinkTable(all) })
}

// linkRequest reads a permission. One without any bound of its own is refused: the wallet's limits would be all that a
// vendor has to stay inside, and a person who types this expects a smaller sum.
func (r *Run) linkRequest() (q view.LinkRequest, err error) {
	budget, total := r.flag("budget"), r.flag("total")
	if budget == "" && total == "" && r.flag("per-charge") == "" {
		return q, r.misuse("How much may it charge? Give --per-charge, --budget or --total.")
	}
	q = view.LinkRequest{Vendor: r.Args[0], Total: ledger.NoLimit, Confirmed: r.Yes}
	if q.Currency, err = r.currencyOr(r.flag("currency")); err != nil {
		return q, err
	}
	if q.Limits, err = r.linkLimits("--budget", budget, q.Currency); err != nil {
		return q, err
	}
	if total != "" {
		if q.Total, err = r.allowance("--total", total, q.Currency); err != nil {
			return q, err
		}
	}
	return q, nil
}

// runVendorsTry says what a permission would have done.
func runVendorsTry(r *Run) error {
	q, err := r.linkRequest()
	if err != nil {
		return err
	}
	w, err := r.Service.WhatIfLink(r.Ctx, r.Who, q)
	return r.answerOf(w, err, func(s *textWriter) { s.line("This permission " + w.LinkWords(s.format()) + ".") })
}

// runLink gives a permission.
func runLink(r *Run) error {
	q, err := r.linkRequest()
	if err != nil {
		return err
	}
	l, err := r.Service.Link(r.Ctx, r.Who, q)
	return r.answerFacts(l, r.confirmed(err))
}

// runUnlink ends a permission at once and asks for no --yes: nothing is lost that cannot be given again, and a person
// who is charged by mistake must not be held up.
func runUnlink(r *Run) error { return r.answerFacts(r.Service.Unlink(r.Ctx, r.Who, r.Args[0])) }

// BlockMeans says what a block does, the same on every surface that asks for it. name is the vendor's.
func BlockMeans(name string) string {
	return name + " can ask you for nothing until you unblock it."
}

// runBlock says first what a block means: a person who only wants to be asked less would not find the vendor's requests
// again.
func runBlock(r *Run) error {
	if !r.Yes {
		return r.wouldBlock(r.Args[0])
	}
	return r.answerFacts(r.Service.Block(r.Ctx, r.Who, r.Args[0]))
}

// wouldBlock says what a block means, of a vendor that there is and that is not blocked. One that the wallet does not
// know can be blocked too; that there is one, only a trial tells.
func (r *Run) wouldBlock(vendor string) error {
	all, err := r.Service.Vendors(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	switch i := slices.IndexFunc(all, func(l view.Link) bool { return l.Vendor == vendor }); {
	case i < 0:
		try := view.LinkRequest{Vendor: vendor, Limits: unbounded, Total: ledger.NoLimit}
		if _, err := r.Service.WhatIfLink(r.Ctx, r.Who, try); err != nil {
			return err
		}
	case all[i].Status == "blocked":
		return ledger.Refuse(ledger.ErrState, "Take it back with: unblock "+quote(vendor), "The vendor is blocked already.")
	}
	return confirm(r.again(), "", "%s", BlockMeans(view.Clean(vendor)))
}

// runUnblock asks for no --yes: a vendor that is not blocked can do nothing but ask.
func runUnblock(r *Run) error { return r.answerFacts(r.Service.Unblock(r.Ctx, r.Who, r.Args[0])) }
