package commandtest

import (
	"context"
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// VendorCreate returns a key for any vendor.
func (s *Service) VendorCreate(_ context.Context, _ view.Caller, r view.VendorRequest) (view.VendorKey, error) {
	err := s.begin("VendorCreate")
	defer s.mu.Unlock()
	s.Data.Got = r
	return view.VendorKey{ID: "vnd_4hz7p", Name: r.Name, Origin: r.Origin, Key: "sk_test_n4q8w2k6x0v3"}, err
}

// VendorKey returns another key for any vendor.
func (s *Service) VendorKey(_ context.Context, _ view.Caller, name string) (view.VendorKey, error) {
	err := s.begin("VendorKey")
	defer s.mu.Unlock()
	return view.VendorKey{
		ID: "vnd_4hz7p", Name: name, Origin: "https://news.example", Key: "sk_test_b7m1r5t9y3u6", Ended: 1,
	}, err
}

// StaffAdd returns the key that it was given, as staff.
func (s *Service) StaffAdd(_ context.Context, _ view.Caller, key string, role ledger.Role) (view.Staff, error) {
	err := s.begin("StaffAdd")
	defer s.mu.Unlock()
	s.Data.Got = key
	added := view.Staff{
		Fingerprint: "SHA256:mia3xKq9", Name: key[strings.LastIndex(key, " ")+1:], Role: role, Added: after(0),
	}
	if role == ledger.RoleNone {
		added.Role, added.Added, added.Ended = ledger.RoleRep, view.At(Now.AddDate(0, -1, 0)), after(0)
	}
	return added, err
}

// Policy returns the settings.
func (s *Service) Policy(context.Context, view.Caller) ([]view.Setting, error) {
	err := s.begin("Policy")
	defer s.mu.Unlock()
	return slices.Clone(s.Data.Policy), err
}

// SetPolicy changes a setting that exists.
func (s *Service) SetPolicy(_ context.Context, _ view.Caller, name, value string) ([]view.Setting, error) {
	err := s.begin("SetPolicy")
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	for i, p := range s.Data.Policy {
		if p.Name == name {
			s.Data.Policy[i].Value = value
			return slices.Clone(s.Data.Policy), nil
		}
	}
	return nil, ledger.Invalid("name", "Type: policy show", "There is no setting %s.", name)
}

// DeskDisputes returns the disputes that wait for a decision.
func (s *Service) DeskDisputes(context.Context, view.Caller) ([]view.Dispute, error) {
	err := s.begin("DeskDisputes")
	defer s.mu.Unlock()
	return s.queue(), err
}

// queue is the disputes that wait, as staff sees them.
func (s *Service) queue() []view.Dispute {
	var all []view.Dispute
	for _, d := range s.Data.Disputes {
		if ledger.DisputeState(d.State).Open() {
			d.Handle = "w_7g2v"
			all = append(all, d)
		}
	}
	return all
}

// Decide decides a dispute.
func (s *Service) Decide(
	_ context.Context, _ view.Caller, id string, userWins bool, reason string,
) (view.Dispute, error) {
	err := s.begin("Decide")
	defer s.mu.Unlock()
	if err != nil {
		return view.Dispute{}, err
	}
	for i := range s.Data.Disputes {
		if d := &s.Data.Disputes[i]; d.ID == id {
			d.State, d.Note, d.Decided = view.State(ledger.DisputeLost), reason, after(0)
			if userWins {
				d.State = view.State(ledger.DisputeWon)
			}
			s.wake()
			return *d, nil
		}
	}
	return view.Dispute{}, noSuch("dispute", id)
}

// DeskDeposits returns the offline deposits.
func (s *Service) DeskDeposits(context.Context, view.Caller) ([]view.Deposit, error) {
	err := s.begin("DeskDeposits")
	defer s.mu.Unlock()
	var all []view.Deposit
	for _, d := range s.Data.Deposits {
		if d.Reference != "" {
			d.Handle = "w_7g2v"
			all = append(all, d)
		}
	}
	return all, err
}

// AdvanceDeposit moves an offline deposit on, if its amount is right.
func (s *Service) AdvanceDeposit(
	_ context.Context, _ view.Caller, reference, step string, amount ledger.Amount,
) (view.Deposit, error) {
	err := s.begin("AdvanceDeposit")
	defer s.mu.Unlock()
	if err != nil {
		return view.Deposit{}, err
	}
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
		}[step])
		return *d, nil
	}
	return view.Deposit{}, noSuch("deposit with the reference", reference)
}
