package books

import (
	"slices"

	"tuppence/server/ledger"
)

// referrals are what the journal says of vendors that bring users.
type referrals struct {
	terms   map[ledger.VendorID]ledger.Referral
	brought map[ledger.UserID]ledger.Referred
	users   map[ledger.VendorID]uint64 // how many each has brought
	booked  map[ledger.VendorID][]ledger.Amount
}

func newReferrals() referrals {
	return referrals{
		map[ledger.VendorID]ledger.Referral{},
		map[ledger.UserID]ledger.Referred{},
		map[ledger.VendorID]uint64{},
		map[ledger.VendorID][]ledger.Amount{},
	}
}

// rewardMoved returns what an entry adds to the rewards of a vendor. What rewards cost and what is earned are one sum,
// and only sales, what becomes of them, and bookings move it (I21).
func (a *auditor) rewardMoved(rec Record, v ledger.VendorID) (micros int64) {
	var cost, others int64
	for _, g := range rec.Postings {
		switch {
		case g.Account.Class == ledger.ReferralCost:
			cost += g.Micros
		case g.Account.Class != ledger.ReferralReward:
		case g.Account.Owner == uint64(v) && v != 0:
			micros -= g.Micros
		default:
			others += max(g.Micros, -g.Micros)
		}
	}
	booked := rec.Kind == ledger.KindReferral
	if others != 0 || !booked && cost != micros || booked && cost != 0 {
		a.find(i21, "entry %d costs %d micros of rewards, and moves %d of vendor %d and %d of others",
			rec.No, cost, micros, v, others)
	}
	return micros
}

// referral follows terms, users and bookings.
func (a *auditor) referral(rec Record) {
	s, all := rec.Referral, a.referrals
	if rec.Kind != ledger.KindReferral || s == nil {
		if rec.Kind == ledger.KindReferral || s != nil {
			a.find(i21, "entry %d says nothing of a referral, or is none", rec.No)
		}
		return
	}
	moved := a.rewardMoved(rec, s.Vendor)
	switch s.Act {
	case ledger.ReferralAgreed:
		if had := all.terms[s.Vendor]; s.Vendor != rec.Vendor || s.Terms.Version != had.Version+1 {
			a.find(i21, "entry %d agrees on version %d with vendor %d, behind version %d",
				rec.No, s.Terms.Version, s.Vendor, had.Version)
		}
		all.terms[s.Vendor] = s.Terms
	case ledger.ReferralJoined:
		if terms, had := all.terms[s.Vendor], all.brought[rec.User]; terms.Rate == 0 || had.Vendor != 0 ||
			s.Until.After(rec.At.Add(terms.Life)) || a.wallets[walletID{rec.User, rec.Wallet}].count > 1 {
			a.find(i21, "entry %d says that vendor %d has brought user %d, which cannot be", rec.No, s.Vendor, rec.User)
		}
		all.brought[rec.User] = ledger.Referred{Vendor: s.Vendor, Until: s.Until}
		all.users[s.Vendor]++
	case ledger.ReferralEnded:
		if all.brought[rec.User].Vendor != s.Vendor {
			a.find(i21, "entry %d ends the referral of user %d by vendor %d, which does not stand", rec.No, rec.User, s.Vendor)
		}
		delete(all.brought, rec.User)
	case ledger.ReferralBooked:
		left := a.balances[ledger.Account{
			Class: ledger.ReferralReward, Currency: rec.Amount.Currency, Owner: uint64(s.Vendor),
		}]
		if s.Vendor != rec.Vendor || left != 0 || max(moved, -moved) != rec.Amount.Micros {
			a.find(i21, "entry %d books %s for vendor %d: it moves %d micros and leaves %d",
				rec.No, rec.Amount, s.Vendor, -moved, -left)
		}
		had := ledger.Referred{Earned: all.booked[s.Vendor]}
		all.booked[s.Vendor] = had.Counting(ledger.Amount{Micros: -moved, Currency: rec.Amount.Currency}, 1).Earned
	}
}

// newReward checks the reward of a new sale: of the vendor that has brought the buyer, while that counts and is agreed,
// at another vendor, of the commission on what was paid with paid tokens, at no higher rate than was agreed.
func (a *auditor) newReward(rec Record) {
	r, moved := rec.Sale.Reward, a.rewardMoved(rec, rec.Sale.Reward.Vendor)
	if rec.Kind == ledger.KindPurchase && moved != r.Micros || rec.Kind == ledger.KindHold && moved != 0 {
		a.find(i21, "sale %d rewards vendor %d with %d micros, %d are pinned", rec.No, r.Vendor, moved, r.Micros)
	}
	if r == (ledger.Reward{}) {
		return
	}
	var paid int64
	for _, g := range rec.Postings {
		if g.Account.Class == ledger.Paid && g.Micros > 0 {
			paid += g.Micros
		}
	}
	b, terms := a.referrals.brought[rec.User], a.referrals.terms[r.Vendor]
	if b.By(rec.At) != r.Vendor || r.Vendor == rec.Vendor || r.Rate == 0 || r.Rate > terms.Rate {
		a.find(i21, "sale %d rewards vendor %d at %d basis points, for user %d whom vendor %d has brought; agreed are %d",
			rec.No, r.Vendor, r.Rate, rec.User, b.By(rec.At), terms.Rate)
	}
	want := ledger.RewardOf(rec.Sale.Commission, paid, rec.Amount.Micros, r.Rate, terms.Left(b, rec.Amount.Currency))
	if rec.Kind == ledger.KindHold && paid != rec.Amount.Micros {
		want = 0
	}
	if r.Micros != want {
		a.find(i21, "sale %d pins a reward of %d micros, its commission of %d makes %d",
			rec.No, r.Micros, rec.Sale.Commission, want)
	}
	a.referrals.brought[rec.User] = b.Counting(ledger.Amount{Micros: r.Micros, Currency: rec.Amount.Currency}, terms.Cap)
}

// rewarded checks that after each step of a sale its reward is what the commission carries that is left.
func (a *auditor) rewarded(rec Record, s *saleSum, sold ledger.Entry) {
	r := sold.Sale.Reward
	for _, g := range rec.Postings {
		if g.Account.Class == ledger.Commission {
			s.commission -= g.Micros
		}
	}
	s.rewarded += a.rewardMoved(rec, r.Vendor)
	want := r.On(s.commission, sold.Sale.Commission)
	if rec.Kind == ledger.KindCapture || rec.Kind == ledger.KindVoid {
		lost := ledger.Amount{Micros: r.Micros - want, Currency: rec.Amount.Currency}
		if b := a.referrals.brought[rec.User]; lost.Micros > 0 {
			a.referrals.brought[rec.User] = b.Returning(r, lost)
		}
	}
	if s.rewarded != want {
		a.find(i21, "after entry %d sale %d rewards vendor %d with %d micros, the commission of %d that is left makes %d",
			rec.No, rec.Cause, r.Vendor, s.rewarded, s.commission, want)
	}
}

// broughtUser compares who has brought a user with the journal.
func (a *auditor) broughtUser(u ledger.User) {
	b := a.referrals.brought[u.ID]
	if b.Vendor != u.Brought.Vendor || !b.Until.Equal(u.Brought.Until) || !slices.Equal(b.Earned, u.Brought.Earned) {
		a.find(i21, "user %d was brought as %v, the journal says %v", u.ID, u.Brought, b)
	}
}

// referralOf compares what was agreed with a vendor, and what it has brought and got, with the journal.
func (a *auditor) referralOf(v ledger.Vendor) {
	all := a.referrals
	terms := all.terms[v.ID]
	if terms.Since.Equal(v.Referral.Since) {
		terms.Since = v.Referral.Since
	}
	if terms != v.Referral || all.users[v.ID] != v.Brought || !slices.Equal(all.booked[v.ID], v.Rewards) {
		a.find(i21, "vendor %d: agreed is %v, users %d, booked %v; the journal says %v, %d, %v",
			v.ID, v.Referral, v.Brought, v.Rewards, terms, all.users[v.ID], all.booked[v.ID])
	}
}
