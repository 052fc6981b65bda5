package server

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// usersShown is to which number of users a vendor is told how many it has brought: who knows that one more has joined
// knows who it was.
const usersShown = 10

// Referral tells what was agreed with a vendor for the users that it brings, and what they have earned it (claim 12).
// It refuses with ErrNotAllowed a caller who is no operator, and with ErrNotFound.
func (s *Server) Referral(ctx context.Context, who view.Caller, vendor string) (shown view.Referral, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		v, err := s.vendorNamed(r, vendor)
		if err == nil {
			shown, err = s.referralView(r, v)
		}
		return err
	})
	return shown, err
}

// SetReferral agrees on a referral with a vendor, or ends it. Sales from now on follow; those that were made keep what
// they have pinned. It refuses with ErrInvalid terms out of bounds, with ErrState an end of nothing, with ErrNotAllowed
// a caller who is no operator, and with ErrNotFound.
func (s *Server) SetReferral(
	ctx context.Context, who view.Caller, q view.ReferralOrder,
) (shown view.Referral, err error) {
	order, err := readReferral(q)
	if err != nil {
		return shown, err
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "vendor referral", func(tx books.Tx, st ledger.Staff) (err error) {
		f := ledger.ReferralFacts{Actor: staffActor(st)}
		if f.Vendor, err = s.vendorNamed(tx.Reader, q.Vendor); err != nil {
			return err
		}
		if f.Policy, err = policy(tx.Reader); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideReferral(order, f, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		if err := tx.PutVendor(out.Vendor); err != nil {
			return err
		}
		shown, err = s.referralView(tx.Reader, out.Vendor)
		return err
	})
	return shown, err
}

// readReferral reads what a person has typed.
func readReferral(q view.ReferralOrder) (o ledger.ReferralOrder, err error) {
	o.Off = q.Off
	if q.Rate != "" {
		rate, err := ledger.ReadPercent("rate", q.Rate, 100)
		if err != nil {
			return o, err
		}
		o.Rate = &rate
	}
	if q.Days != "" {
		n, err := strconv.ParseUint(strings.TrimSuffix(q.Days, "d"), 10, 16)
		if err != nil {
			return o, ledger.Invalid("days", "Write a whole number of days, for example 365.", "The time is not understood.")
		}
		life := time.Duration(n) * 24 * time.Hour //nolint:gosec // 16 bits
		o.Life = &life
	}
	if q.Most != "" {
		a, err := ledger.ReadAmount(q.Most, "")
		if err != nil {
			return o, err
		}
		o.Cap = &a.Micros
	}
	return o, nil
}

// referralView shows a referral to the operator.
func (s *Server) referralView(r books.Reader, v ledger.Vendor) (shown view.Referral, err error) {
	shown = view.Referral{
		Vendor: v.Name, Version: v.Referral.Version, Since: view.At(v.Referral.Since), ReferralFor: s.referralFor(v),
		Share: ledger.Percent(v.Referral.Rate),
	}
	shown.Users = v.Brought
	p, err := policy(r)
	if err != nil {
		return shown, err
	}
	for _, c := range p.Currencies {
		n, err := r.Rewards(v.ID, c)
		if err != nil {
			return shown, err
		}
		if n != 0 {
			shown.Waiting = append(shown.Waiting, ledger.Amount{Micros: n, Currency: c})
		}
	}
	return shown, nil
}

// referralFor shows a referral to its vendor.
func (s *Server) referralFor(v ledger.Vendor) view.ReferralFor {
	t := v.Referral
	shown := view.ReferralFor{
		Active: v.Brings(), Rate: decimal(int64(t.Rate) * (ledger.Unit / 10_000)), Basis: "commission",
		Days: uint32(t.Life / (24 * time.Hour)), Users: v.Brought / usersShown * usersShown, Earned: v.Rewards,
	}
	if t.Cap > 0 {
		shown.Most = decimal(t.Cap)
	}
	if v.Brings() {
		shown.Code = s.seal.Referral(v.ID)
		shown.URL = s.house.URL + "/join?ref=" + shown.Code
	}
	return shown
}

// decimal writes micros of one as a decimal without zeros behind it.
func decimal(micros int64) string {
	return strings.TrimSuffix(strings.TrimRight(string(ledger.AppendMicros(nil, micros)), "0"), ".")
}

// Referrals tells the vendor what its referral earns it.
func (v *Seller) Referrals(ctx context.Context) (shown view.ReferralFor, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		me, err := v.record(r)
		shown = v.s.referralFor(me)
		return err
	})
	return shown, err
}

// Inviting tells which vendor invites with a code. The page of its link and the sign-up show it. It refuses with
// ErrNotFound what is no such code, and one of a vendor with which nothing is agreed now.
func (s *Server) Inviting(ctx context.Context, code string) (shown view.Inviting, err error) {
	id, is := s.referralCode(code)
	if !is {
		return shown, ledger.RefuseReferral()
	}
	err = s.view(ctx, func(r books.Reader) error {
		v, found, err := r.Vendor(id)
		if err == nil && (!found || !v.Brings()) {
			err = ledger.RefuseReferral()
		}
		if err != nil {
			return err
		}
		shown = view.Inviting{
			Code: s.seal.Referral(id), Vendor: v.Name, Title: v.Title,
			Days: uint32(v.Referral.Life / (24 * time.Hour)),
		}
		return nil
	})
	return shown, err
}

// referralCode reads the code of a vendor. It opens no door, so it is no secret: who types one is not counted.
func (s *Server) referralCode(typed string) (ledger.VendorID, bool) {
	id, err := s.seal.OpenReferral(strings.ToLower(strings.TrimSpace(typed)))
	return id, err == nil
}

// useReferral notes who has brought a person, in the commit of the join and in no other.
func (s *Server) useReferral(
	tx books.Tx, by ledger.VendorID, u ledger.User, a ledger.Actor, at time.Time,
) (name string, err error) {
	f := ledger.ReferralFacts{User: u, Actor: a}
	var found bool
	if f.Vendor, found, err = tx.Vendor(by); err != nil {
		return "", err
	}
	if !found {
		return "", ledger.RefuseReferral()
	}
	if f.No, err = tx.Next(); err != nil {
		return "", err
	}
	out, err := ledger.DecideBrought(f, at)
	if err != nil {
		return "", err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return "", err
	}
	if err := tx.PutVendor(out.Vendor); err != nil {
		return "", err
	}
	return f.Vendor.Name, tx.PutUser(out.User)
}

// EndReferral forgets who has brought the wallet: what it buys from now on earns that vendor nothing. It refuses with
// ErrState a wallet that nobody has brought.
func (s *Server) EndReferral(ctx context.Context, who view.Caller) (id view.Identity, err error) {
	at := s.clock()
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		f := ledger.ReferralFacts{User: u, Actor: memberActor(who)}
		var err error
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideReferralEnd(f, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		if err := tx.PutUser(out.User); err != nil {
			return err
		}
		id, err = identityOf(tx.Reader, out.User, who, at)
		return err
	})
	return id, err
}

// referrer reads the vendor that has brought the buyer of a sale, if that still counts: most buyers were brought by
// nobody, and nothing is read for them. None is the vendor in whose team a key of the buyer is.
func referrer(r books.Reader, u ledger.User, at time.Time) (v ledger.Vendor, err error) {
	by := u.Brought.By(at)
	if by == 0 {
		return v, nil
	}
	for _, k := range u.Keys {
		m, found, err := r.TeamByKey(k.Fingerprint)
		if err != nil || found && m.Vendor == by {
			return v, err
		}
	}
	v, _, err = r.Vendor(by)
	return v, err
}

// countReward writes down who has brought a user, with a sale or the end of a hold counted, where it counts.
func countReward(tx books.Tx, id ledger.UserID, counted *ledger.Referred) error {
	if counted == nil {
		return nil
	}
	u, _, err := tx.User(id)
	if err != nil {
		return err
	}
	u.Brought = *counted
	return tx.PutUser(u)
}

// rewardsBooked is the name under which the books remember the week in which rewards were booked last.
const rewardsBooked = "rewards booked"

// bookWeekly books once a week what users have earned the vendors that have brought them (DESIGN.md of the ledger,
// Referrals 7).
func (s *Server) bookWeekly(ctx context.Context, now time.Time) error {
	year, n := now.UTC().ISOWeek()
	week := fmt.Sprintf("%04d-%02d", year, n)
	var all []books.Rewarded
	had := ""
	err := s.view(ctx, func(r books.Reader) error {
		done, _, err := r.Meta(rewardsBooked)
		if had = string(done); err != nil || had >= week {
			return err
		}
		all, err = r.AllRewards()
		return err
	})
	if err != nil || had >= week {
		return err
	}
	for _, one := range all {
		err := s.update(ctx, func(tx books.Tx) error {
			return bookRewards(tx, one.Vendor, one.Amount.Currency, systemActor, now)
		})
		if err != nil {
			return err
		}
	}
	return s.update(ctx, func(tx books.Tx) error { return tx.PutMeta(rewardsBooked, []byte(week)) })
}

// bookRewards brings what a vendor has earned by its users in one currency into its till.
func bookRewards(tx books.Tx, of ledger.VendorID, c ledger.Currency, a ledger.Actor, at time.Time) error {
	earned, err := tx.Rewards(of, c)
	if err != nil || earned == 0 {
		return err
	}
	f := ledger.ReferralFacts{Actor: a}
	if f.Vendor, _, err = tx.Vendor(of); err != nil {
		return err
	}
	if f.Till, _, err = tx.Till(of, c); err != nil {
		return err
	}
	f.Till.Vendor, f.Till.Currency = of, c
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	out := ledger.BookRewards(f, earned, at)
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutVendor(out.Vendor)
}

// bookOwn books the rewards of a vendor that is settled alone, in all currencies.
func bookOwn(tx books.Tx, of ledger.VendorID, a ledger.Actor, at time.Time) error {
	p, err := policy(tx.Reader)
	if err != nil {
		return err
	}
	for _, c := range p.Currencies {
		if err := bookRewards(tx, of, c, a, at); err != nil {
			return err
		}
	}
	return nil
}
