package commandtest

import (
	"context"
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// bankData is what the service knows of banks.
func bankData(d *Data) {
	d.Banks = []view.BankAccount{{
		ID: "bnk_4rt8c", Account: "DE•• … 3000", Currency: "EUR", State: view.State(ledger.MandateActive),
		Added: at(18, 10, 0), Mandate: "mnd_9wq2x",
	}}
	d.Mandates = []view.Mandate{{
		ID: "mnd_9wq2x", Account: "DE•• … 3000", Most: EUR(100_000_000), State: view.State(ledger.MandateActive),
		Agreed: at(18, 10, 0), Key: "SHA256:ada", Text: "I permit Tuppence to debit my account DE•• … 3000.",
	}}
	d.BankFiles = []view.BankFile{{
		ID: "TPC000000000001", Method: "autodebit", Network: "sepa", Created: at(18, 11, 0), Debits: 2,
		Sum: EUR(50_000_000), Hash: "9f2c",
	}}
}

// BankAccounts returns the bank accounts.
func (s *Service) BankAccounts(context.Context, view.Caller) ([]view.BankAccount, error) {
	return list(s, "BankAccounts", &s.Data.Banks)
}

// BankTerms returns the text of a mandate.
func (s *Service) BankTerms(_ context.Context, _ view.Caller, q view.BankRequest) (view.BankTerms, error) {
	return call(s, "BankTerms", func() (view.BankTerms, error) {
		if q.Currency != "EUR" {
			return view.BankTerms{}, ledger.Invalid("currency", "Type: methods", "No bank accounts are debited in %s here.",
				q.Currency)
		}
		return view.BankTerms{
			Account: "DE•• … 3000", Most: q.Most, Text: "I permit Tuppence to debit my account DE•• … 3000.",
		}, nil
	})
}

// BankAdd adds a bank account.
func (s *Service) BankAdd(_ context.Context, _ view.Caller, q view.BankRequest) (view.BankAccount, error) {
	return call(s, "BankAdd", func() (view.BankAccount, error) {
		s.Data.Got = q
		b := view.BankAccount{
			ID: "bnk_7xk3d", Account: "DE•• … 3000", Currency: q.Currency, State: view.State(ledger.MandateActive),
			Added: after(0), Mandate: "mnd_3pz7k",
		}
		s.Data.Banks = append(s.Data.Banks, b)
		s.wake()
		return b, nil
	})
}

// BankRemove deletes a bank account.
func (s *Service) BankRemove(_ context.Context, _ view.Caller, id string) (view.BankAccount, error) {
	return call(s, "BankRemove", func() (view.BankAccount, error) {
		s.Data.Got = id
		i := slices.IndexFunc(s.Data.Banks, func(b view.BankAccount) bool { return b.ID == id })
		if i < 0 {
			return view.BankAccount{}, noSuch("bank account", id)
		}
		b := s.Data.Banks[i]
		b.State, b.Removed = view.State(ledger.MandateEnded), after(0)
		s.Data.Banks = slices.Delete(s.Data.Banks, i, i+1)
		s.wake()
		return b, nil
	})
}

// Mandates returns the mandates.
func (s *Service) Mandates(context.Context, view.Caller) ([]view.Mandate, error) {
	return list(s, "Mandates", &s.Data.Mandates)
}

// RevokeMandate ends a mandate.
func (s *Service) RevokeMandate(_ context.Context, _ view.Caller, id string) (view.Mandate, error) {
	return call(s, "RevokeMandate", func() (view.Mandate, error) {
		s.Data.Got = id
		for i := range s.Data.Mandates {
			if m := &s.Data.Mandates[i]; m.ID == id {
				m.State = view.State(ledger.MandateEnded)
				s.wake()
				return *m, nil
			}
		}
		return view.Mandate{}, noSuch("mandate", id)
	})
}

// MakeBankFiles makes a file the first time.
func (s *Service) MakeBankFiles(_ context.Context, _ view.Caller, method string) ([]view.BankFile, error) {
	return call(s, "MakeBankFiles", func() ([]view.BankFile, error) {
		s.Data.Got = method
		if method == "echeck" {
			return nil, nil
		}
		if method != "autodebit" {
			return nil, ledger.Invalid("method", "Name echeck or autodebit, if they are set up.",
				"There is no method named %q that debits bank accounts.", method)
		}
		f := s.Data.BankFiles[0]
		f.ID, f.Created = "TPC000000000002", after(0)
		s.Data.BankFiles = slices.Insert(s.Data.BankFiles, 0, f)
		return []view.BankFile{f}, nil
	})
}

// BankFiles returns the files for the bank.
func (s *Service) BankFiles(context.Context, view.Caller, view.Paging) ([]view.BankFile, error) {
	return list(s, "BankFiles", &s.Data.BankFiles)
}

// BankFile returns the bytes of a file.
func (s *Service) BankFile(_ context.Context, _ view.Caller, id string) ([]byte, error) {
	return call(s, "BankFile", func() ([]byte, error) {
		if id != "TPC000000000001" {
			return nil, noSuch("file", id)
		}
		return []byte("<Document/>\n"), nil
	})
}

// BankResume lets orders leave again.
func (s *Service) BankResume(_ context.Context, _ view.Caller, reason string) (view.Resumed, error) {
	return call(s, "BankResume", func() (view.Resumed, error) {
		if s.Data.Got == "resumed" {
			return view.Resumed{}, ledger.Refuse(ledger.ErrState, "Go on with: payouts submit",
				"No orders wait because of a restore.")
		}
		return view.Resumed{Restored: after(-time.Hour), Restores: 1, Resumed: after(0), Reason: reason}, nil
	})
}

// BankSent says that the bank has a file.
func (s *Service) BankSent(_ context.Context, _ view.Caller, id string) (view.BankFile, error) {
	return call(s, "BankSent", func() (view.BankFile, error) {
		s.Data.Got = id
		for i := range s.Data.BankFiles {
			if f := &s.Data.BankFiles[i]; f.ID == id {
				f.Sent = after(time.Hour)
				return *f, nil
			}
		}
		return view.BankFile{}, noSuch("file", id)
	})
}

// ReadBankFile reads any file as one with a return in it.
func (s *Service) ReadBankFile(_ context.Context, _ view.Caller, file []byte, yes bool) (view.BankNews, error) {
	return call(s, "ReadBankFile", func() (view.BankNews, error) {
		if yes {
			s.Data.Got = string(file)
		}
		if string(file) == "again" {
			return view.BankNews{What: "a statement (camt)", Hash: "9f2c", Read: true, Again: true}, nil
		}
		amount := EUR(25_000_000)
		return view.BankNews{
			What: "a statement (camt)", Hash: "9f2c", Read: yes, Person: 1,
			Items: view.List[view.NewsItem]{
				{ID: "dep_7w8bb", Code: "AM04", Amount: &amount, Outcome: "returned", Handle: "w_7g2v"},
				{Code: "ZZ99", Outcome: "for a person: nothing was sent under this id", Person: true},
			},
		}, nil
	})
}
