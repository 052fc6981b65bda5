package commandtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// VendorCreate returns a key for any vendor. Names that are taken are refused by the rules, not here.
func (s *Service) VendorCreate(_ context.Context, _ view.Caller, r view.VendorRequest) (view.VendorKey, error) {
	return call(s, "VendorCreate", func() (view.VendorKey, error) {
		s.Data.Got = r
		return view.VendorKey{ID: "vnd_4hz7p", Name: r.Name, Origin: r.Origin, Key: "sk_test_n4q8w2k6x0v3"}, nil
	})
}

// VendorKey returns another key for any vendor, and says that one earlier key has ended.
func (s *Service) VendorKey(_ context.Context, _ view.Caller, name string) (view.VendorKey, error) {
	return call(s, "VendorKey", func() (view.VendorKey, error) {
		return view.VendorKey{
			ID: "vnd_4hz7p", Name: name, Origin: "https://news.example", Key: "sk_test_b7m1r5t9y3u6", Ended: 1,
		}, nil
	})
}

// StaffAdd returns the key that it was given, as staff. The role none ends it, so it has a time of both: a key that
// ended keeps its record.
func (s *Service) StaffAdd(
	_ context.Context, _ view.Caller, key string, role ledger.Role, _ string,
) (view.Staff, error) {
	return call(s, "StaffAdd", func() (view.Staff, error) {
		s.Data.Got = key
		added := view.Staff{
			Fingerprint: "SHA256:mia3xKq9", Name: key[strings.LastIndex(key, " ")+1:], Role: role, Added: after(0),
		}
		if role == ledger.RoleNone {
			added.Role, added.Added, added.Ended = ledger.RoleRep, view.At(Now.AddDate(0, -1, 0)), after(0)
		}
		return added, nil
	})
}

// StaffList returns an operator, a representative with an own wallet, and one who has left.
func (s *Service) StaffList(context.Context, view.Caller) (view.Page[view.Staff], error) {
	return call(s, "StaffList", func() (view.Page[view.Staff], error) {
		began := view.At(Now.AddDate(0, -2, 0))
		return view.All([]view.Staff{
			{Fingerprint: Otto.Fingerprint, Name: "otto", Role: ledger.RoleOperator, Added: began},
			{Fingerprint: Rita.Fingerprint, Name: "rita", Role: ledger.RoleRep, Handle: "w_7g2v", Added: began},
			{Fingerprint: "SHA256:mia3xKq9", Name: "mia", Role: ledger.RoleRep, Added: began, Ended: after(0)},
		}), nil
	})
}

// StaffLog returns three lines: an act on a wallet, a look, and a change of the policy.
func (s *Service) StaffLog(context.Context, view.Caller, view.AuditQuery) (view.Page[view.StaffAct], error) {
	return call(s, "StaffLog", func() (view.Page[view.StaffAct], error) {
		return view.All([]view.StaffAct{
			{
				At: after(0), Key: "SHA256:mia3xKq9", Name: "mia", Role: ledger.RoleRep, Act: "deposit cleared",
				Handle: "w_7g2v", Note: "20.00 EUR, entry 31", Reason: "deposit", Words: "the bank has it", Entry: 31,
			},
			{At: after(0), Key: "SHA256:mia3xKq9", Name: "mia", Role: ledger.RoleRep, Act: "desk deposits", Handle: "w_7g2v"},
			{
				At: view.At(Now.AddDate(0, 0, -4)), Key: "SHA256:0tt0", Name: "otto", Role: ledger.RoleOperator,
				Act: "policy set", Note: "window: 15m", Reason: "review", Entry: 4,
			},
		}), nil
	})
}

// postings are what 20.00 EUR by card and a sale of 0.30 EUR have left: they sum to zero.
var postings = []ledger.Posting{
	{Account: ledger.Account{Class: ledger.PSPClearing, Currency: "EUR"}, Micros: 20_000_000},
	{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: 7}, Micros: -19_700_000},
	{Account: ledger.Account{Class: ledger.VendorPending, Currency: "EUR", Owner: 3}, Micros: -237_500},
	{Account: ledger.Account{Class: ledger.Commission, Currency: "EUR"}, Micros: -62_500},
}

// Trial returns four classes.
func (s *Service) Trial(context.Context, view.Caller) (view.Page[view.TrialLine], error) {
	return call(s, "Trial", func() (view.Page[view.TrialLine], error) {
		return view.Page[view.TrialLine]{Data: view.Map(postings, view.TrialLineOf)}, nil
	})
}

// Coverage returns a currency that is covered and one that is not.
func (s *Service) Coverage(context.Context, view.Caller) (view.Page[view.CoverageLine], error) {
	return call(s, "Coverage", func() (view.Page[view.CoverageLine], error) {
		line := func(c ledger.Currency, assets, owed int64) view.CoverageLine {
			in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: c} }
			return view.CoverageLine{
				Assets: in(assets), Owed: in(owed), Gap: in(assets - owed), Covered: assets >= owed,
			}
		}
		return view.All([]view.CoverageLine{line("EUR", 20_000_000, 19_937_500), line("USD", 1_000_000, 1_000_001)}), nil
	})
}

// GeneralLedger returns the postings of a class, with more behind them.
func (s *Service) GeneralLedger(
	_ context.Context, _ view.Caller, q view.LedgerQuery,
) (view.Page[view.LedgerLine], error) {
	return call(s, "GeneralLedger", func() (page view.Page[view.LedgerLine], err error) {
		if q.Class.Name() == "" {
			return page, ledger.Invalid("class", "Type: report trial", "There is no class %d.", q.Class)
		}
		for _, g := range postings {
			if g.Account.Class == q.Class {
				e := ledger.Entry{No: 31, At: Now, Kind: ledger.KindPurchase}
				page.Data = append(page.Data, view.LedgerLineOf(e, g))
				page.Next, page.Searched = "cur_5", view.At(Now.AddDate(0, -1, 0))
			}
		}
		return page, nil
	})
}

// Policy returns the settings of the operator: a few of them, each of another kind of value (share, time, amount).
func (s *Service) Policy(context.Context, view.Caller) ([]view.Setting, error) {
	return list(s, "Policy", &s.Data.Policy)
}

// SetPolicy changes a setting that exists. Any value is taken: how each is written is a rule of the ledger.
func (s *Service) SetPolicy(_ context.Context, _ view.Caller, name, value string) ([]view.Setting, error) {
	return call(s, "SetPolicy", func() ([]view.Setting, error) {
		for i, p := range s.Data.Policy {
			if p.Name == name {
				if name == "two_persons" { // as if every value weakened it
					s.Data.Policy[i].Asked = view.List[view.Ask]{{Value: value, By: "otto", At: after(0)}}
					return slices.Clone(s.Data.Policy), nil
				}
				s.Data.Policy[i].Value = value
				return slices.Clone(s.Data.Policy), nil
			}
		}
		return nil, ledger.Invalid("name", "Type: policy show", "There is no setting %s.", ledger.CleanLine(name, 40))
	})
}

// DeskDisputes returns the disputes that wait for a decision, with the wallet: only staff sees whose they are.
func (s *Service) DeskDisputes(
	_ context.Context, _ view.Caller, q view.DeskQuery,
) (view.Page[view.Dispute], error) {
	return call(s, "DeskDisputes", func() (view.Page[view.Dispute], error) {
		var all []view.Dispute
		for _, d := range s.Data.Disputes {
			state := ledger.DisputeState(d.State)
			if (state.WaitsForStaff() || state.Open() && q.Text != "") && strings.Contains(d.ID+d.Title+d.Vendor, q.Text) {
				d.Handle = "w_7g2v"
				all = append(all, d)
			}
		}
		return deskPage(all, q, func(d view.Dispute) string { return d.ID }), nil
	})
}

// Decide decides a dispute, also one that was decided before: a test may set up any state.
func (s *Service) Decide(
	_ context.Context, _ view.Caller, id string, userWins bool, reason string,
) (view.Dispute, error) {
	return call(s, "Decide", func() (view.Dispute, error) {
		for i := range s.Data.Disputes {
			if d := &s.Data.Disputes[i]; d.ID == id {
				d.State, d.Note, d.DueBy = view.State(ledger.DisputeForVendor), reason, after(7*24*time.Hour)
				if userWins {
					d.State = view.State(ledger.DisputeForBuyer)
				}
				s.wake()
				return *d, nil
			}
		}
		return view.Dispute{}, noSuch("dispute", id)
	})
}

// AskVendor asks, whatever the state.
func (s *Service) AskVendor(_ context.Context, _ view.Caller, id, question string) (view.Dispute, error) {
	return call(s, "AskVendor", func() (view.Dispute, error) {
		s.Data.Got = question
		for i := range s.Data.Disputes {
			if d := &s.Data.Disputes[i]; d.ID == id {
				d.State, d.DueBy, d.Silence = view.State(ledger.DisputeNeedsResponse), after(7*24*time.Hour), "review"
				d.Case = append(slices.Clone(d.Case), view.CaseStep{At: after(0), Who: "staff", What: "asked", Text: question})
				s.wake()
				return *d, nil
			}
		}
		return view.Dispute{}, noSuch("dispute", id)
	})
}

// DeskDeposits returns the offline deposits. They are those with a reference, the only name that staff knows them by.
func (s *Service) DeskDeposits(
	_ context.Context, _ view.Caller, q view.DeskQuery,
) (view.Page[view.Deposit], error) {
	return call(s, "DeskDeposits", func() (view.Page[view.Deposit], error) {
		var all []view.Deposit
		for _, d := range s.Data.Deposits {
			if d.Reference != "" && strings.Contains(d.ID+d.Reference+d.Amount.String(), q.Text) {
				d.Handle = "w_7g2v"
				all = append(all, d)
			}
		}
		return deskPage(all, q, func(d view.Deposit) string { return d.ID }), nil
	})
}

// AdvanceDeposit moves an offline deposit on, if its amount is right: a step for another amount than was announced is
// refused, so that a slip of the pen costs no tokens.
func (s *Service) AdvanceDeposit(
	_ context.Context, _ view.Caller, reference, step string, amount ledger.Amount,
) (view.Deposit, error) {
	return call(s, "AdvanceDeposit", func() (view.Deposit, error) {
		// Staff types the reference from the check, with or without its blanks.
		s.Data.Got = step
		for i := range s.Data.Deposits {
			d := &s.Data.Deposits[i]
			if strings.ReplaceAll(d.Reference, " ", "") != strings.ReplaceAll(reference, " ", "") {
				continue
			}
			if amount != d.Amount {
				return view.Deposit{}, ledger.Refuse(ledger.ErrState, "Ask a second person.", "%s was announced, not %s.",
					d.Amount.String(), amount.String())
			}
			d.State = view.State(map[string]ledger.DepositState{
				"received": ledger.DepositUncollected, "cleared": ledger.DepositCleared, "bounced": ledger.DepositBounced,
				"returned": ledger.DepositReturned,
			}[step])
			return *d, nil
		}
		return view.Deposit{}, noSuch("deposit with the reference", reference)
	})
}

// Freeze and Thaw answer for any wallet: what they refuse is tested in server.
func (s *Service) Freeze(_ context.Context, _ view.Caller, wallet, reason string) (view.Frozen, error) {
	return call(s, "Freeze", func() (view.Frozen, error) {
		return view.Frozen{Handle: wallet, State: "frozen", Reason: reason, Owed: []ledger.Amount{EUR(2_000_000)}}, nil
	})
}

// Thaw lets a wallet go on.
func (s *Service) Thaw(_ context.Context, _ view.Caller, wallet, reason string) (view.Frozen, error) {
	return call(s, "Thaw", func() (view.Frozen, error) {
		return view.Frozen{Handle: wallet, State: "active", Reason: reason}, nil
	})
}

// DeskReceipts returns the receipts that wait.
func (s *Service) DeskReceipts(
	_ context.Context, _ view.Caller, q view.DeskQuery,
) (view.Page[view.Unallocated], error) {
	return call(s, "DeskReceipts", func() (view.Page[view.Unallocated], error) {
		all := slices.DeleteFunc(slices.Clone(s.Data.Unallocated), func(v view.Unallocated) bool {
			return v.ID != q.Text && (v.State != "unallocated" || !strings.Contains(v.ID+v.Text+v.Handle, q.Text))
		})
		return deskPage(all, q, func(v view.Unallocated) string { return v.ID }), nil
	})
}

// ReceiptAdd books a receipt.
func (s *Service) ReceiptAdd(
	_ context.Context, _ view.Caller, r view.UnallocatedRequest,
) (view.Unallocated, error) {
	return call(s, "ReceiptAdd", func() (view.Unallocated, error) {
		v := view.Unallocated{
			ID: "rcp_9k2fd", Source: r.Source, Amount: r.Amount, Text: r.Text, Mark: r.Mark, State: "unallocated",
			Created: after(0), Reason: r.Note, Simulated: true,
		}
		s.Data.Unallocated = append(s.Data.Unallocated, v)
		return v, nil
	})
}

// ReceiptMatch credits a receipt, decided or not: that rule is tested in server.
func (s *Service) ReceiptMatch(
	_ context.Context, _ view.Caller, id, wallet, reason string,
) (view.Unallocated, error) {
	return call(s, "ReceiptMatch", func() (view.Unallocated, error) {
		return s.decideReceipt(id, func(v *view.Unallocated) {
			v.State, v.Handle, v.Reason, v.Deposit, v.About, v.Near = "matched", wallet, reason, "dep_2mx8c", "", false
		})
	})
}

// ReceiptReturn sends a receipt back.
func (s *Service) ReceiptReturn(_ context.Context, _ view.Caller, id, reason string) (view.Unallocated, error) {
	return call(s, "ReceiptReturn", func() (view.Unallocated, error) {
		return s.decideReceipt(id, func(v *view.Unallocated) { v.State, v.Reason = "returned", reason })
	})
}

func (s *Service) decideReceipt(id string, decide func(*view.Unallocated)) (view.Unallocated, error) {
	i := slices.IndexFunc(s.Data.Unallocated, func(v view.Unallocated) bool { return v.ID == id })
	if i < 0 {
		return view.Unallocated{}, noSuch("receipt", id)
	}
	decide(&s.Data.Unallocated[i])
	s.wake()
	return s.Data.Unallocated[i], nil
}

// deskPage is the page of a queue that a query asks for; the cursor is the id of the last row.
func deskPage[T any](all []T, q view.DeskQuery, id func(T) string) view.Page[T] {
	if i := slices.IndexFunc(all, func(v T) bool { return id(v) == string(q.Before) }); i >= 0 {
		all = all[i+1:]
	}
	p := view.All(all)
	if len(all) > q.Rows() {
		p.Data = p.Data[:q.Rows()]
		p.Next = view.Cursor(id(p.Data[q.Rows()-1]))
	}
	return p
}
