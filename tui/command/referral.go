package command

import (
	"context"
	"strconv"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Referring is about vendors that bring users (claim 12).
type Referring interface {
	// Referral returns what was agreed with a vendor, SetReferral changes it.
	Referral(ctx context.Context, who view.Caller, vendor string) (view.Referral, error)
	SetReferral(ctx context.Context, who view.Caller, q view.ReferralOrder) (view.Referral, error)
	// Inviting returns the vendor that invites with a code.
	Inviting(ctx context.Context, code string) (view.Inviting, error)
	// EndReferral forgets who has brought the wallet.
	EndReferral(ctx context.Context, who view.Caller) (view.Identity, error)
}

// referralCommands are the operator's, and the end of it that its user decides.
func referralCommands() []Command {
	return []Command{
		{
			Path: "vendor referral", Help: "show or change what a vendor earns by users that it brings",
			Role: ledger.RoleOperator,
			Long: "Without flags it shows the terms, the code and the page for the vendor's site. A user counts whose wallet " +
				"was\nopened with the code. What it buys at other vendors, with paid tokens, earns the share of the commission.\n" +
				"A change is of later sales; --days of later users. What is not named stays as it is.",
			Inputs: []Input{
				arg(KindName), option("rate", KindPercent, "share of the commission, at most the setting referral_max"),
				option("days", KindCount, "how long a user counts; at first 365"),
				option("cap", KindAmount, "the most that one user earns it in each currency; 0 for no bound"),
				on("off", "sales from now on earn it nothing"),
			},
			JSON: view.Referral{}, Run: runReferral,
		},
		{
			Path: "referral end", Help: "end that a vendor earns by what you buy, because it has brought you",
			Role: ledger.RoleUser, Moves: true,
			Long: "It costs you nothing either way: the vendor's part is of what the service earns. It cannot be begun again.",
			JSON: view.Identity{}, Run: runReferralEnd,
		},
	}
}

// runReferral shows the terms, or changes them.
func runReferral(r *Run) error {
	q := view.ReferralOrder{Vendor: r.Args[0], Off: r.on("off"), Rate: r.flag("rate"), Most: r.flag("cap")}
	if r.Flags.Changed("days") {
		days, err := r.Flags.GetInt("days")
		if err != nil {
			return err
		}
		q.Days = strconv.Itoa(days)
	}
	switch {
	case q == (view.ReferralOrder{Vendor: q.Vendor}):
		return r.answerFacts(r.Service.Referral(r.Ctx, r.Who, q.Vendor))
	case q.Off && q != (view.ReferralOrder{Vendor: q.Vendor, Off: true}):
		return r.misuse("Name --off alone.")
	}
	return r.answerFacts(r.Service.SetReferral(r.Ctx, r.Who, q))
}

// runReferralEnd asks first: it cannot be undone.
func runReferralEnd(r *Run) error {
	if !r.Yes {
		by := r.Me.BroughtBy
		if by == "" {
			return ledger.Refuse(ledger.ErrState, "Nothing is to be ended.", "No vendor has brought this wallet.")
		}
		return confirm("referral end --yes", "", "This would end that %s earns by what you buy, for good.", typed(by))
	}
	id, err := r.Service.EndReferral(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answerIdentity(id)
}
