package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Campaigns of incentives (claim 7): money is set aside first and given away in equal parts, so nothing is promised
// that is not there. The service and vendors open them; a wallet takes a gift by the code, or a vendor gives it.

// campaignFacts reads what a step of a campaign needs. Number 0 is a new one, of an issuer: a vendor, or 0 for the
// service.
func campaignFacts(
	tx books.Tx, no ledger.EntryNo, by ledger.VendorID, a ledger.Actor,
) (f ledger.CampaignFacts, err error) {
	f.Actor = a
	if no != 0 {
		if f.Campaign, err = campaignAt(tx.Reader, no); err != nil {
			return f, err
		}
		if f.Left, err = tx.CampaignLeft(f.Campaign); err != nil {
			return f, err
		}
		if f.Proposer, _, err = tx.Staff(f.Campaign.By); err != nil {
			return f, err
		}
		if f.Proposer, err = withWallet(tx.Reader, f.Proposer); err != nil {
			return f, err
		}
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.Open, err = tx.OpenCampaigns(by); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// campaignAt reads a campaign. It refuses with ErrNotFound.
func campaignAt(r books.Reader, no ledger.EntryNo) (ledger.Campaign, error) {
	c, found, err := r.Campaign(no)
	if err == nil && !found {
		err = ledger.RefuseNotFound("campaign")
	}
	return c, err
}

// openCampaign opens one in the transaction of whoever asks for it.
func openCampaign(
	tx books.Tx, c ledger.Campaign, f ledger.CampaignFacts, at time.Time,
) (out ledger.CampaignOutcome, err error) {
	if c.ByVendor {
		if f.Till, _, err = tx.Till(c.Vendor, c.Budget.Currency); err != nil {
			return out, err
		}
	}
	if _, f.Taken, err = tx.CampaignByCode(ledger.CampaignCode(c.Code)); err != nil {
		return out, err
	}
	if out, err = ledger.OpenCampaign(c, f, at); err != nil {
		return out, err
	}
	return out, putCampaign(tx, out)
}

// putCampaign writes a step of a campaign.
func putCampaign(tx books.Tx, out ledger.CampaignOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutCampaign(out.Campaign)
}

// OpenCampaign sets aside tokens of the service to be given away (claim 7), or proposes it where it needs two persons.
// It refuses with ErrNotAllowed a caller who is no operator, with ErrNotFound an unknown vendor, and else as
// [ledger.OpenCampaign] does.
func (s *Server) OpenCampaign(
	ctx context.Context, who view.Caller, q view.CampaignRequest,
) (v view.Campaign, err error) {
	at := s.clock()
	words := []string{
		"campaign open", q.Name, q.Code, q.Budget.String(), q.Each.String(), q.Vendor, q.Audience,
		strconv.FormatUint(uint64(q.PerWallet), 10), strconv.FormatUint(uint64(q.Days), 10),
		strconv.FormatUint(uint64(q.Open), 10),
	}
	err = s.updateStaff(ctx, who, operatorOnly, words[0], func(tx books.Tx, st ledger.Staff) (err error) {
		v, err = onceStaff(s, tx, who, at, words, func() (v view.Campaign, err error) {
			c := ledger.Campaign{
				Name: q.Name, Code: q.Code, Audience: ledger.Audience(q.Audience), Each: q.Each.Micros, Budget: q.Budget,
				PerWallet: q.PerWallet, Life: days(q.Days), Ends: at.Add(days(q.Open)),
			}
			if q.Each.Currency != q.Budget.Currency {
				return v, ledger.Invalid("each", "Name one currency.", "A gift is in the currency of the budget.")
			}
			if q.Vendor != "" {
				vendor, err := s.vendorNamed(tx.Reader, q.Vendor)
				if err != nil {
					return v, err
				}
				c.Vendor = vendor.ID
			}
			f, err := campaignFacts(tx, 0, 0, staffActor(st))
			if err != nil {
				return v, err
			}
			f.Staff = st
			out, err := openCampaign(tx, c, f, at)
			if err != nil {
				return v, err
			}
			return s.campaignView(tx.Reader, out.Campaign)
		})
		return err
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return v, err
}

// days is so many days as a duration, bounded: the rules refuse what is longer than they allow.
func days(n uint32) time.Duration { return time.Duration(min(n, 10_000)) * 24 * time.Hour }

// ApproveCampaign opens a campaign that another person has proposed. It refuses as [ledger.ApproveCampaign] does, and
// with ErrNotFound.
func (s *Server) ApproveCampaign(ctx context.Context, who view.Caller, id string) (view.Campaign, error) {
	return s.campaignStep(ctx, who, id, "campaign approve", ledger.ApproveCampaign)
}

// CloseCampaign ends a campaign of the service before its time, or denies one that is proposed. What nobody got goes
// back. It refuses as [ledger.EndCampaign] does, and with ErrNotFound.
func (s *Server) CloseCampaign(ctx context.Context, who view.Caller, id string) (view.Campaign, error) {
	return s.campaignStep(ctx, who, id, "campaign close", ledger.EndCampaign)
}

func (s *Server) campaignStep(
	ctx context.Context, who view.Caller, id, act string,
	step func(ledger.CampaignFacts, time.Time) (ledger.CampaignOutcome, error),
) (v view.Campaign, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, act, func(tx books.Tx, st ledger.Staff) error {
		no, err := s.seal.OpenCampaign(strings.TrimSpace(id))
		if err != nil {
			return ledger.RefuseNotFound("campaign")
		}
		f, err := campaignFacts(tx, no, 0, staffActor(st))
		if err != nil {
			return err
		}
		if f.Campaign.ByVendor {
			return ledger.Refuse(ledger.ErrNotAllowed, "Its vendor closes it, or suspend the vendor.",
				"The campaign is not of the service.")
		}
		if f.Staff, err = withWallet(tx.Reader, st); err != nil {
			return err
		}
		out, err := step(f, at)
		if err != nil {
			return err
		}
		if err := putCampaign(tx, out); err != nil {
			return err
		}
		v, err = s.campaignView(tx.Reader, out.Campaign)
		return err
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return v, err
}

// Campaigns lists the campaigns of the service, or those that a vendor has paid in, newest first. It refuses with
// ErrNotAllowed a key without a role, and with ErrNotFound an unknown vendor.
func (s *Server) Campaigns(
	ctx context.Context, who view.Caller, vendor string, q view.Paging,
) (page view.Page[view.Campaign], err error) {
	err = s.viewStaff(ctx, who, deskRoles, func(r books.Reader, _ ledger.Staff) error {
		by, err := s.issuerNamed(r, vendor)
		if err != nil {
			return err
		}
		page, err = s.campaignsOf(r, by, q)
		return err
	})
	return page, err
}

// campaignsOf makes a page of the campaigns of an issuer.
func (s *Server) campaignsOf(
	r books.Reader, by ledger.VendorID, q view.Paging,
) (page view.Page[view.Campaign], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	all, err := r.Campaigns(by, ledger.EntryNo(before), q.Rows()+1)
	if err != nil {
		return page, err
	}
	show := func(c ledger.Campaign) (view.Campaign, error) { return s.campaignView(r, c) }
	return pageOfEach(s.seal, all, q.Rows(), show, func(c ledger.Campaign) uint64 { return uint64(c.No) })
}

// campaignView shows a campaign.
func (s *Server) campaignView(r books.Reader, c ledger.Campaign) (v view.Campaign, err error) {
	left, err := r.CampaignLeft(c)
	if err != nil {
		return v, err
	}
	v = view.Campaign{
		ID: s.seal.Campaign(c.No), Name: c.Name, Code: c.Code, State: view.State(c.State), Each: c.Gift(), Budget: c.Budget,
		Left: ledger.Amount{Micros: left, Currency: c.Budget.Currency}, Audience: c.Audience, PerWallet: c.PerWallet,
		By: s.house.Name, Given: uint64(c.Given(left)), Days: uint32(c.Life / (24 * time.Hour)),
		Created: view.At(c.Created), Ends: view.At(c.Ends),
	}
	if c.Vendor == 0 {
		return v, nil
	}
	vendor, _, err := r.Vendor(c.Vendor)
	if v.Vendor = vendor.Name; c.ByVendor {
		v.By = vendor.Name
	}
	if c.Offer != 0 {
		v.OfferID = s.seal.Offer(ledger.OfferID{Vendor: c.Vendor, Number: c.Offer})
	}
	return v, err
}

// TakeIncentive takes a gift of a campaign by its code (claim 7). It refuses with ErrNotFound an unknown code, and else
// as [ledger.TakeGift] does.
func (s *Server) TakeIncentive(ctx context.Context, who view.Caller, code string) (v view.Incentive, err error) {
	at := s.clock()
	var u ledger.User
	err = s.updateMember(ctx, who, func(tx books.Tx, me ledger.User) error {
		c, found, err := tx.CampaignByCode(ledger.CampaignCode(code))
		if err != nil {
			return err
		}
		if !found {
			return ledger.Refuse(ledger.ErrNotFound, "Compare it with what you were told. It may be over.",
				"Nothing is given under this code.")
		}
		out, err := takeGift(tx, c, me.ID, "", memberActor(who), at)
		if err != nil {
			return err
		}
		u = me
		v, err = s.incentiveView(tx.Reader, ledger.IncentiveLot{
			No: out.Incentive.No, Vendor: c.Vendor, ByVendor: c.ByVendor, Campaign: c.No, Offer: c.Offer, Left: c.Each,
			Expires: out.Incentive.Expires,
		}, c.Budget.Currency, at)
		return err
	})
	if err == nil {
		s.notifier.wake(topicUser(u.ID))
		s.webhooks.Wake()
	}
	return v, err
}

// takeGift gives a wallet a gift in its transaction.
func takeGift(
	tx books.Tx, c ledger.Campaign, u ledger.UserID, reason string, a ledger.Actor, at time.Time,
) (out ledger.IncentiveOutcome, err error) {
	f := ledger.TakeFacts{Campaign: c, Reason: reason}
	p, err := policy(tx.Reader)
	if err != nil {
		return out, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return out, err
	}
	if f.Wallet, err = walletOrNew(tx.Reader, u, c.Budget.Currency, p); err != nil {
		return out, err
	}
	if f.Left, err = tx.CampaignLeft(c); err != nil {
		return out, err
	}
	if f.Had, err = tx.GiftsOf(c.No, u, int(c.PerWallet)); err != nil {
		return out, err
	}
	if c.Vendor != 0 {
		if f.Link, err = linkOf(tx.Reader, u, c.Vendor, c.Budget.Currency); err != nil {
			return out, err
		}
	}
	if f.No, err = tx.Next(); err != nil {
		return out, err
	}
	if out, err = ledger.TakeGift(a, f, at); err != nil {
		return out, err
	}
	if _, err := ensureWallet(tx, f.User, c.Budget.Currency, p); err != nil {
		return out, err
	}
	return out, putIncentive(tx, out)
}

// sweepCampaigns ends campaigns whose time is over: what nobody got goes back to who paid it in.
func (s *Server) sweepCampaigns(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Campaign, limit int) ([]ledger.Campaign, error) {
		return r.DueCampaigns(now, behind, limit)
	}, func(c ledger.Campaign) error {
		return s.update(ctx, func(tx books.Tx) error {
			f, err := campaignFacts(tx, c.No, 0, systemActor)
			if err != nil || f.Campaign.State != ledger.CampaignOpen && f.Campaign.State != ledger.CampaignProposed {
				return err
			}
			out, err := ledger.EndCampaign(f, now)
			if err != nil {
				return err
			}
			return putCampaign(tx, out)
		})
	})
}
