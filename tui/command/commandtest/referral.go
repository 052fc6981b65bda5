package commandtest

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// ReferralCode is the code of a vendor's link.
const ReferralCode = "ref_4q7vt2w7hd1zq3k0m6x9c5b8na"

func referral() view.Referral {
	return view.Referral{
		Vendor: "acme-news", Version: 2, Share: "20 %", Since: view.At(Now.AddDate(0, -2, 0)),
		Waiting: []ledger.Amount{{Micros: 12_500, Currency: "EUR"}},
		ReferralFor: view.ReferralFor{
			Active: true, Rate: "0.2", Basis: "commission", Days: 365, Code: ReferralCode,
			URL: "https://pay.example/join?ref=" + ReferralCode, Users: 14,
			Earned: view.List[ledger.Amount]{{Micros: 1_250_000, Currency: "EUR"}},
		},
	}
}

// Referral returns what was agreed.
func (s *Service) Referral(context.Context, view.Caller, string) (view.Referral, error) {
	return call(s, "Referral", func() (view.Referral, error) { return referral(), nil })
}

// SetReferral makes the next version.
func (s *Service) SetReferral(_ context.Context, _ view.Caller, q view.ReferralOrder) (view.Referral, error) {
	return call(s, "SetReferral", func() (view.Referral, error) {
		r := referral()
		r.Version++
		if r.Active = !q.Off; q.Off {
			r.Rate, r.Code, r.URL = "0.00", "", ""
		}
		return r, nil
	})
}

// Inviting knows one code.
func (s *Service) Inviting(_ context.Context, code string) (view.Inviting, error) {
	return call(s, "Inviting", func() (view.Inviting, error) {
		if code != ReferralCode {
			return view.Inviting{}, ledger.RefuseReferral()
		}
		return view.Inviting{Code: code, Vendor: "acme-news", Title: "Acme News", Days: 365}, nil
	})
}

// EndReferral forgets it.
func (s *Service) EndReferral(_ context.Context, who view.Caller) (view.Identity, error) {
	return call(s, "EndReferral", func() (view.Identity, error) {
		id := s.Data.People[who.Fingerprint]
		id.BroughtBy, id.BroughtUntil = "", view.Time{}
		s.Data.People[who.Fingerprint] = id
		return id, nil
	})
}
