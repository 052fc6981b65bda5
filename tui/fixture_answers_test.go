package tui

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// The rest of the fixture: answers, disputes, transfers, the desk.

func (f *fixture) Dispute(_ context.Context, _ ledger.Caller, r ledger.DisputeRequest) (ledger.DisputeView, error) {
	err := f.begin("Dispute")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.DisputeView{}, err
	}
	f.got = r
	i := slices.IndexFunc(f.rows, func(v ledger.Row) bool { return v.ID == r.ID })
	if i < 0 {
		return ledger.DisputeView{}, noSuch("purchase", r.ID)
	}
	row := &f.rows[i]
	if row.Disputed {
		return ledger.DisputeView{}, ledger.Refuse(ledger.ErrState, "Type: disputes", "This purchase is disputed already.")
	}
	row.Disputed, row.State = true, "REFUNDED"
	d := ledger.DisputeView{
		ID: "dsp_6n1qa", Purchase: r.ID, Vendor: row.Vendor, Title: row.Title, Amount: eur(-row.Amount.Micros), Reason: r.Reason,
		Text: r.Text, State: ledger.DisputeAutoResolved, Opened: fixtureNow, Decided: fixtureNow, Note: "Under 1.00 EUR and within 48 hours: paid back by rule.",
	}
	f.disputes = slices.Insert(f.disputes, 0, d)
	f.wake()
	return d, nil
}

func (f *fixture) Disputes(context.Context, ledger.Caller) ([]ledger.DisputeView, error) {
	err := f.begin("Disputes")
	defer f.mu.Unlock()
	return slices.Clone(f.disputes), err
}

func (f *fixture) Pending(context.Context, ledger.Caller) ([]ledger.Approval, error) {
	err := f.begin("Pending")
	defer f.mu.Unlock()
	return f.open(), err
}

func (f *fixture) Approval(_ context.Context, _ ledger.Caller, code string) (ledger.Approval, error) {
	err := f.begin("Approval")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.Approval{}, err
	}
	for _, a := range f.approvals {
		if a.Code == code {
			return a, nil
		}
	}
	return ledger.Approval{}, noSuch("request with the code", code)
}

func (f *fixture) Answer(_ context.Context, _ ledger.Caller, a ledger.Answer) (ledger.Receipt, error) {
	err := f.begin("Answer")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.Receipt{}, err
	}
	f.got = a
	if receipt, had := f.receipts[a.Code]; had {
		receipt.Again = true
		return receipt, nil
	}
	i := slices.IndexFunc(f.approvals, func(v ledger.Approval) bool { return v.Code == a.Code })
	if i < 0 {
		return ledger.Receipt{}, noSuch("request with the code", a.Code)
	}
	v := &f.approvals[i]
	receipt := ledger.Receipt{Vendor: v.Vendor, Title: v.Title, Amount: eur(0), Status: ledger.CheckoutDenied, At: fixtureNow}
	if a.Yes && v.Mode == ledger.ModeLink {
		receipt.Status, receipt.Link = ledger.CheckoutApproved, "lnk_3c7mz"
	} else if a.Yes {
		receipt.ID, receipt.Amount, receipt.After, receipt.Status = "chg_8fk2v", v.Price, v.After, ledger.CheckoutApproved
		receipt.Lines = splitOf(v.Price, v.Vendor)
		receipt.Grant = &ledger.GrantView{
			ID: "grt_8fk2v", Status: "active", ViewsTotal: v.Bounds.Views, From: fixtureNow,
			Until: fixtureNow.Add(time.Duration(v.Bounds.Days) * 24 * time.Hour), URL: v.Site + "/rivers",
		}
		if a.Link {
			receipt.Link = "lnk_3c7mz"
		}
		for j, w := range f.overview.Wallets {
			if w.Currency == v.Price.Currency {
				f.overview.Wallets[j].Available = v.After
			}
		}
	}
	v.Status = receipt.Status
	f.receipts[a.Code] = receipt
	f.wake()
	return receipt, nil
}

func (f *fixture) Transfer(_ context.Context, _ ledger.Caller, r ledger.TransferRequest) (ledger.TransferView, error) {
	err := f.begin("Transfer")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.TransferView{}, err
	}
	f.got = r
	have := f.overview.Wallets[0].Available
	if r.Amount.Micros > have.Micros {
		return ledger.TransferView{}, ledger.RefuseFunds(eur(r.Amount.Micros - have.Micros))
	}
	f.overview.Wallets[0].Available.Micros -= r.Amount.Micros
	t := ledger.TransferView{ID: "trf_5d9wy", Amount: r.Amount, State: "sent", Created: fixtureNow, Expires: fixtureNow.Add(7 * 24 * time.Hour), After: f.overview.Wallets[0].Available}
	f.transfers = slices.Insert(f.transfers, 0, t)
	t.Code = "QK7M-3TVX"
	f.wake()
	return t, nil
}

func (f *fixture) Claim(_ context.Context, _ ledger.Caller, code string) (ledger.TransferView, error) {
	err := f.begin("Claim")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.TransferView{}, err
	}
	if strings.ToUpper(strings.ReplaceAll(code, "-", "")) != "QK7M3TVX" {
		return ledger.TransferView{}, noSuch("transfer with the code", code)
	}
	return ledger.TransferView{ID: "trf_5d9wy", Amount: eur(2_000_000), State: "claimed", Created: fixtureNow, After: eur(14_400_000)}, nil
}

func (f *fixture) Recall(_ context.Context, _ ledger.Caller, id string) (ledger.TransferView, error) {
	err := f.begin("Recall")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.TransferView{}, err
	}
	i := slices.IndexFunc(f.transfers, func(t ledger.TransferView) bool { return t.ID == id })
	if i < 0 {
		return ledger.TransferView{}, noSuch("transfer", id)
	}
	f.transfers[i].State = "recalled"
	return f.transfers[i], nil
}

func (f *fixture) Transfers(context.Context, ledger.Caller) ([]ledger.TransferView, error) {
	err := f.begin("Transfers")
	defer f.mu.Unlock()
	return slices.Clone(f.transfers), err
}

func (f *fixture) VendorCreate(_ context.Context, _ ledger.Caller, r ledger.VendorRequest) (ledger.VendorKey, error) {
	err := f.begin("VendorCreate")
	defer f.mu.Unlock()
	f.got = r
	return ledger.VendorKey{ID: "vnd_4hz7p", Name: r.Name, Origin: r.Origin, Key: "sk_test_n4q8w2k6x0v3"}, err
}

func (f *fixture) VendorKey(_ context.Context, _ ledger.Caller, name string) (ledger.VendorKey, error) {
	err := f.begin("VendorKey")
	defer f.mu.Unlock()
	return ledger.VendorKey{ID: "vnd_4hz7p", Name: name, Origin: "https://news.example", Key: "sk_test_b7m1r5t9y3u6", Ended: 1}, err
}

func (f *fixture) StaffAdd(_ context.Context, _ ledger.Caller, key string, role ledger.Role) (ledger.Staff, error) {
	err := f.begin("StaffAdd")
	defer f.mu.Unlock()
	f.got = key
	added := ledger.Staff{Fingerprint: "SHA256:mia3xKq9", Name: key[strings.LastIndex(key, " ")+1:], Role: role, Added: fixtureNow}
	if role == ledger.RoleNone {
		added.Role, added.Added, added.Ended = ledger.RoleRep, fixtureNow.AddDate(0, -1, 0), fixtureNow
	}
	return added, err
}

func (f *fixture) Policy(context.Context, ledger.Caller) ([]ledger.PolicyLine, error) {
	err := f.begin("Policy")
	defer f.mu.Unlock()
	return slices.Clone(f.policy), err
}

func (f *fixture) SetPolicy(_ context.Context, _ ledger.Caller, name, value string) ([]ledger.PolicyLine, error) {
	err := f.begin("SetPolicy")
	defer f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	for i, p := range f.policy {
		if p.Name == name {
			f.policy[i].Value = value
			return slices.Clone(f.policy), nil
		}
	}
	return nil, ledger.Invalid("name", "Type: policy show", "There is no setting %s.", name)
}

func (f *fixture) DeskDisputes(context.Context, ledger.Caller) ([]ledger.DisputeView, error) {
	err := f.begin("DeskDisputes")
	defer f.mu.Unlock()
	return f.queue(), err
}

// queue is the disputes that wait, as staff sees them.
func (f *fixture) queue() []ledger.DisputeView {
	var all []ledger.DisputeView
	for _, d := range f.disputes {
		if d.State == ledger.DisputeUnderReview || d.State == ledger.DisputeNeedsResponse {
			d.Handle = "w_7g2v"
			all = append(all, d)
		}
	}
	return all
}

func (f *fixture) Decide(_ context.Context, _ ledger.Caller, id string, userWins bool, reason string) (ledger.DisputeView, error) {
	err := f.begin("Decide")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.DisputeView{}, err
	}
	for i := range f.disputes {
		if d := &f.disputes[i]; d.ID == id {
			d.State, d.Note, d.Decided = ledger.DisputeLost, reason, fixtureNow
			if userWins {
				d.State = ledger.DisputeWon
			}
			f.wake()
			return *d, nil
		}
	}
	return ledger.DisputeView{}, noSuch("dispute", id)
}

func (f *fixture) DeskDeposits(context.Context, ledger.Caller) ([]ledger.DepositView, error) {
	err := f.begin("DeskDeposits")
	defer f.mu.Unlock()
	var all []ledger.DepositView
	for _, d := range f.deposits {
		if d.Reference != "" {
			d.Handle = "w_7g2v"
			all = append(all, d)
		}
	}
	return all, err
}

func (f *fixture) Step(_ context.Context, _ ledger.Caller, reference, step string, amount ledger.Amount) (ledger.DepositView, error) {
	err := f.begin("Step")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.DepositView{}, err
	}
	f.got = step
	for i := range f.deposits {
		d := &f.deposits[i]
		if strings.ReplaceAll(d.Reference, " ", "") != strings.ReplaceAll(reference, " ", "") {
			continue
		}
		if amount != d.Amount {
			return ledger.DepositView{}, ledger.Refuse(ledger.ErrState, "Ask a second person.", "%s was announced, not %s.", money(d.Amount), money(amount))
		}
		d.State = map[string]ledger.DepositState{"received": ledger.DepositUncollected, "cleared": ledger.DepositCleared, "bounced": ledger.DepositBounced}[step]
		return *d, nil
	}
	return ledger.DepositView{}, noSuch("deposit with the reference", reference)
}
