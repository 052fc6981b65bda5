package commandtest

import (
	"context"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Looks returns two looks: into the wallet, and in a queue.
func (s *Service) Looks(context.Context, view.Caller, view.Paging) (view.Page[view.Look], error) {
	return call(s, "Looks", func() (view.Page[view.Look], error) {
		return view.All([]view.Look{
			{
				At: after(0), Who: "rita", Role: ledger.RoleRep, Act: "desk wallet", Reason: "call",
				Words: "she asked for the balance",
			},
			{At: at(23, 9, 15), Who: "rita", Role: ledger.RoleRep, Act: "desk disputes"},
		}), nil
	})
}

// DeskFind finds a wallet and a deposit for any text but one.
func (s *Service) DeskFind(_ context.Context, _ view.Caller, text string) (view.Page[view.Found], error) {
	return call(s, "DeskFind", func() (view.Page[view.Found], error) {
		sum := EUR(20_000_000)
		switch {
		case text == "nothing":
			return view.Page[view.Found]{}, nil
		case strings.HasPrefix(text, "chg_"):
			return view.All([]view.Found{{
				Kind: "purchase", ID: text, About: "How rivers freeze, acme-news", Handle: "w_7g2v", Amount: &sum, State: "paid",
				Leads: "desk wallet w_7g2v --reason CODE",
			}}), nil
		}
		return view.All([]view.Found{
			{
				Kind: "wallet", ID: "w_7g2v", About: "since 2026-11-03", Handle: "w_7g2v", State: "active",
				Leads: "desk wallet w_7g2v --reason CODE",
			},
			{
				Kind: "deposit", ID: "dep_2mx8c", About: "check RF48 3Q7K 81", Handle: "w_7g2v", Amount: &sum,
				State: "awaiting_instrument", Leads: "desk deposits --text dep_2mx8c",
			},
		}), nil
	})
}

// DeskWallet returns the wallet of Ada for any handle.
func (s *Service) DeskWallet(
	_ context.Context, _ view.Caller, handle string, why ledger.StaffReason,
) (view.Mirror, error) {
	return call(s, "DeskWallet", func() (view.Mirror, error) {
		return view.Mirror{
			Handle: handle, State: "active", Opened: at(3, 9, 12), Accounts: s.Data.Overview.Wallets, Recent: s.Data.Rows,
			Deposits: s.Data.Deposits, Disputes: s.Data.Disputes, Members: 2, Linked: 1, Blocked: 1, Asked: 1, Won: 1,
			Seen: view.Look{
				At: after(0), Who: "rita", Role: ledger.RoleRep, Act: "desk wallet", Reason: why.Code, Words: why.Words,
			},
		}, nil
	})
}

// tasks are what the queue has: a dispute that is with nobody, and a receipt that is with Rita.
func tasks() []view.Task {
	return []view.Task{
		{
			ID: "dsp_5t2rr", Kind: "dispute", About: "How rivers freeze", Handle: "w_7g2v", Amount: EUR(400_000),
			Promise: after(35 * time.Minute), State: "needs_response", Leads: "desk disputes --text dsp_5t2rr",
		},
		{
			ID: "rcp_4t8wm", Kind: "receipt", About: "RF30 O000 0018", Amount: EUR(20_000_000), Promise: after(5 * time.Hour),
			State: "unallocated", Leads: "desk receipts --text rcp_4t8wm", CaseNotes: Noted(),
		},
	}
}

// Proposed is a case that waits for a second person. The queue has none before a test puts it there.
func Proposed() view.Task {
	return view.Task{
		ID: "prp_7c3kd", Kind: "proposal", About: "credit: for the trouble", Handle: "w_7g2v", Amount: EUR(25_000_000),
		Promise: after(72 * time.Hour), State: "proposed", Leads: "desk proposals",
	}
}

// Leaving are cases of money that waits to leave, and of a caller. The queue has none before a test puts them there.
func Leaving() []view.Task {
	return []view.Task{
		{
			ID: redemption().ID, Kind: "redemption", About: "to bank, DE•• … 3000", Handle: "w_7g2v",
			Amount:  EUR(250_000_000),
			Promise: after(26 * time.Hour), State: "opened", Leads: "redemption approve " + redemption().ID,
		},
		{
			ID: settlement().ID, Kind: "payout", About: "acme-news, run by otto", Amount: EUR(7_600_000),
			Promise: after(30 * time.Hour), State: "due", Leads: "settlement approve " + settlement().ID,
		},
		{
			ID: "bnk_9m2xd", Kind: "account", About: "acme-news, DE•• … 3000, typed by otto", Amount: EUR(31_000_000),
			Promise: after(47 * time.Hour), State: "waiting", Leads: "vendor account approve acme-news EUR",
		},
		{
			ID: "cal_3k8wq", Kind: "caller", About: "asked by phone for a representative", Handle: "w_7g2v",
			Promise: after(20 * time.Hour), State: "waiting", Leads: "desk answered cal_3k8wq",
		},
	}
}

// Noted says that a case is with Rita, and what she has noted.
func Noted() view.CaseNotes {
	return view.CaseNotes{
		With: "rita", Mine: true, Until: after(30 * time.Minute),
		Notes: []view.CaseNote{{At: after(0), By: "rita", Text: "asked the vendor"}},
	}
}

// DeskQueue returns the cases that a query lets through.
func (s *Service) DeskQueue(_ context.Context, _ view.Caller, q view.TaskQuery) (view.Page[view.Task], error) {
	return call(s, "DeskQueue", func() (page view.Page[view.Task], err error) {
		for _, t := range s.Data.Tasks {
			if (q.Kind == "" || q.Kind == t.Kind) && (!q.Mine || t.Mine) && (!q.Free || t.With == "") {
				page.Data = append(page.Data, t)
			}
		}
		return deskPage(page.Data, view.DeskQuery{Paging: q.Paging}, func(t view.Task) string { return t.ID }), nil
	})
}

// WriteMode turns it on and off for any session.
func (s *Service) WriteMode(
	_ context.Context, _ view.Caller, on bool, why ledger.StaffReason,
) (view.WriteMode, error) {
	return call(s, "WriteMode", func() (view.WriteMode, error) {
		s.Data.Got = why
		if !on {
			return view.WriteMode{}, nil
		}
		return view.WriteMode{On: true, Reason: why.Code, Words: why.Words, Until: after(15 * time.Minute)}, nil
	})
}

func (s *Service) caseFile(method, id string, change func(*view.CaseFile)) (view.CaseFile, error) {
	return call(s, method, func() (view.CaseFile, error) {
		v := view.CaseFile{ID: id, Kind: "dispute", Handle: "w_7g2v", CaseNotes: Noted()}
		change(&v)
		s.wake()
		return v, nil
	})
}

// DeskNote notes something.
func (s *Service) DeskNote(_ context.Context, _ view.Caller, id, text string) (view.CaseFile, error) {
	return s.caseFile("DeskNote", id, func(v *view.CaseFile) { v.Notes[0].Text = text })
}

// DeskClaim claims a case.
func (s *Service) DeskClaim(_ context.Context, _ view.Caller, id string) (view.CaseFile, error) {
	return s.caseFile("DeskClaim", id, func(*view.CaseFile) {})
}

// DeskRelease gives a case back.
func (s *Service) DeskRelease(_ context.Context, _ view.Caller, id string) (view.CaseFile, error) {
	return s.caseFile("DeskRelease", id, func(v *view.CaseFile) { v.With, v.Mine, v.Until = "", false, view.Time{} })
}

// DeskHand gives a case to a colleague.
func (s *Service) DeskHand(_ context.Context, _ view.Caller, id, to, text string) (view.CaseFile, error) {
	return s.caseFile("DeskHand", id, func(v *view.CaseFile) { v.With, v.Mine, v.Notes[0].Text = to, false, text })
}

// deed is an act of staff.
func (s *Service) deed(method string, d view.Deed) (view.Deed, error) {
	return call(s, method, func() (view.Deed, error) {
		s.Data.Got = d
		d.By, d.Created = "rita", after(0)
		s.wake()
		return d, nil
	})
}

// DeskCredit credits up to 20, and proposes what is more.
func (s *Service) DeskCredit(
	_ context.Context, _ view.Caller, wallet string, amount ledger.Amount, reason string,
) (view.Deed, error) {
	d := view.Deed{Act: "credit", State: "done", Handle: wallet, Amount: amount, Reason: reason, Entry: 41}
	if amount.Micros > 20_000_000 {
		d.State, d.Proposal, d.Expires = "proposed", "prp_7c3kd", after(72*time.Hour)
	}
	return s.deed("DeskCredit", d)
}

// DeskRefund gives any sale back.
func (s *Service) DeskRefund(
	_ context.Context, _ view.Caller, purchase string, amount ledger.Amount, reason string,
) (view.Deed, error) {
	if amount.Currency == "" {
		amount = EUR(400_000)
	}
	return s.deed("DeskRefund", view.Deed{
		Act: "refund", State: "done", Handle: "w_7g2v", Purchase: purchase, Amount: amount, Reason: reason, Entry: 42,
	})
}

// proposed is a proposal of a colleague.
func proposed() view.Deed {
	return view.Deed{
		Act: "credit", State: "proposed", Proposal: "prp_7c3kd", Handle: "w_7g2v", Amount: EUR(25_000_000),
		Reason: "for the trouble", By: "mia", Created: at(24, 8, 0), Expires: at(27, 8, 0),
	}
}

// DeskProposals returns one proposal.
func (s *Service) DeskProposals(context.Context, view.Caller, bool, view.Paging) (view.Page[view.Deed], error) {
	return call(s, "DeskProposals", func() (view.Page[view.Deed], error) {
		return view.All([]view.Deed{proposed()}), nil
	})
}

// DeskApprove does the proposal.
func (s *Service) DeskApprove(context.Context, view.Caller, string) (view.Deed, error) {
	d := proposed()
	d.State, d.Decider, d.Decided, d.Entry = "approved", "rita", after(0), 43
	return s.deed("DeskApprove", d)
}

// DeskDeny ends the proposal.
func (s *Service) DeskDeny(_ context.Context, _ view.Caller, _, reason string) (view.Deed, error) {
	d := proposed()
	d.State, d.Decider, d.Decided, d.Why, d.Entry = "denied", "rita", after(0), reason, 43
	return s.deed("DeskDeny", d)
}

// VendorSuspend stops any vendor.
func (s *Service) VendorSuspend(_ context.Context, _ view.Caller, name, reason string) (view.VendorState, error) {
	return call(s, "VendorSuspend", func() (view.VendorState, error) {
		return view.VendorState{Name: name, State: "suspended", Reason: reason}, nil
	})
}

// VendorResume lets any vendor go on.
func (s *Service) VendorResume(_ context.Context, _ view.Caller, name, reason string) (view.VendorState, error) {
	return call(s, "VendorResume", func() (view.VendorState, error) {
		return view.VendorState{Name: name, State: "active", Reason: reason}, nil
	})
}
