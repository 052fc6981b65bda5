package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// Tokens that the service or a vendor pays for (claims 6, 32): for one wallet, or as vouchers for whoever has the code.

// newIssueFacts reads what a new issue of an issuer needs: of a vendor, or 0 for the service.
func newIssueFacts(
	tx books.Tx, by ledger.VendorID, c ledger.Currency, a ledger.Actor, at time.Time,
) (f ledger.IssueFacts, err error) {
	f.Actor = a
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	newest, err := tx.Issues(by, 0, 101) // one more than a day may have
	if err != nil {
		return f, err
	}
	for _, i := range newest {
		if i.Created.After(at.Add(-24 * time.Hour)) {
			if f.Count++; i.Each.Currency == c {
				f.Issued += i.Total().Micros
			}
		}
	}
	f.No, err = tx.Next()
	return f, err
}

// issueFacts reads what a step of an issue needs.
func issueFacts(tx books.Tx, no ledger.EntryNo, a ledger.Actor) (f ledger.IssueFacts, err error) {
	f.Actor = a
	if f.Issue, err = issueAt(tx.Reader, no); err != nil {
		return f, err
	}
	if f.Proposer, err = issuer(tx.Reader, f.Issue); err != nil {
		return f, err
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// issuer reads who has made an issue for the service, with the wallet that is known of that person.
func issuer(r books.Reader, i ledger.TokenIssue) (st ledger.Staff, err error) {
	if i.Vendor != 0 {
		return st, nil
	}
	if st, _, err = r.Staff(i.By); err != nil {
		return st, err
	}
	return withWallet(r, st)
}

// issueAt reads an issue. It refuses with ErrNotFound.
func issueAt(r books.Reader, no ledger.EntryNo) (ledger.TokenIssue, error) {
	i, found, err := r.Issue(no)
	if err == nil && !found {
		err = ledger.RefuseNotFound("token issue")
	}
	return i, err
}

// putIssue writes a step of an issue.
func putIssue(tx books.Tx, out ledger.IssueOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutIssue(out.Issue)
}

// voucherCodes makes codes and their hashes. The rule refuses a number that is out of bounds.
func (s *Server) voucherCodes(n uint32) (codes []string, hashes []byte, err error) {
	for range min(n, 1001) {
		code, err := s.seal.VoucherCode()
		if err != nil {
			return nil, nil, err
		}
		hash := seal.HashCode(code)
		codes, hashes = append(codes, code), append(hashes, hash[:]...)
	}
	return codes, hashes, nil
}

// IssueVouchers makes vouchers that the service pays for, or proposes them where it needs two persons. It refuses with
// ErrNotAllowed a caller who is no operator, and else as [ledger.IssueTokens] does.
func (s *Server) IssueVouchers(
	ctx context.Context, who view.Caller, q view.VoucherRequest,
) (v view.TokenIssue, err error) {
	at := s.clock()
	codes, hashes, err := s.voucherCodes(q.Count)
	if err != nil {
		return v, err
	}
	words := []string{
		"voucher issue", q.Amount.String(), strconv.FormatUint(uint64(q.Count), 10),
		strconv.FormatUint(uint64(q.Days), 10), q.Reason,
	}
	i := ledger.TokenIssue{
		Each: q.Amount, Count: q.Count, Codes: hashes, Reason: q.Reason, Ends: at.Add(days(q.Days)),
	}
	err = s.updateStaff(ctx, who, operatorOnly, words[0], func(tx books.Tx, st ledger.Staff) (err error) {
		v, err = onceStaff(s, tx, who, at, words, func() (v view.TokenIssue, err error) {
			v, err = s.issueVouchers(tx, st, i, at)
			v.Codes = codes
			return v, err
		})
		return err
	})
	if err != nil {
		return view.TokenIssue{}, err
	}
	s.notifier.wake(topicDesk)
	return v, nil
}

// issueVouchers is IssueVouchers inside its transaction.
func (s *Server) issueVouchers(
	tx books.Tx, st ledger.Staff, i ledger.TokenIssue, at time.Time,
) (v view.TokenIssue, err error) {
	f, err := newIssueFacts(tx, 0, i.Each.Currency, staffActor(st), at)
	if err != nil {
		return v, err
	}
	f.Staff = st
	out, err := ledger.IssueTokens(i, f, at)
	if err != nil {
		return v, err
	}
	if err := putIssue(tx, out); err != nil {
		return v, err
	}
	if v, err = s.issueView(tx.Reader, out.Issue); err != nil {
		return v, err
	}
	return v, putMoved(tx, out.Staff)
}

// ApproveIssue pays for vouchers that another person has proposed. It refuses as [ledger.ApproveIssue] does, and with
// ErrNotFound.
func (s *Server) ApproveIssue(ctx context.Context, who view.Caller, id string) (view.TokenIssue, error) {
	return s.issueStep(ctx, who, id, "voucher approve", ledger.ApproveIssue)
}

// voucherVoid is the act of staff that takes vouchers back.
const voucherVoid = "voucher void"

// VoidIssue takes vouchers of the service back that nobody has redeemed, or denies those that are proposed; so it does
// with those of a vendor that is suspended: what they are worth waits in its till. It refuses
// as [ledger.EndIssue] does, and with ErrNotFound.
func (s *Server) VoidIssue(ctx context.Context, who view.Caller, id string) (view.TokenIssue, error) {
	return s.issueStep(ctx, who, id, voucherVoid, ledger.EndIssue)
}

func (s *Server) issueStep(
	ctx context.Context, who view.Caller, id, act string,
	step func(ledger.IssueFacts, time.Time) (ledger.IssueOutcome, error),
) (v view.TokenIssue, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, act, func(tx books.Tx, st ledger.Staff) error {
		no, err := s.seal.OpenIssue(strings.TrimSpace(id))
		if err != nil {
			return ledger.RefuseNotFound("token issue")
		}
		f, err := issueFacts(tx, no, staffActor(st))
		if err != nil {
			return err
		}
		if err := ofService(tx.Reader, f.Issue, act); err != nil {
			return err
		}
		if f.Staff, err = withWallet(tx.Reader, st); err != nil {
			return err
		}
		out, err := step(f, at)
		if err != nil {
			return err
		}
		if err := putIssue(tx, out); err != nil {
			return err
		}
		v, err = s.issueView(tx.Reader, out.Issue)
		return err
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return v, err
}

// ofService refuses a step of staff with what a vendor has issued: they void it while that vendor is suspended, and do
// nothing else with it.
func ofService(r books.Reader, i ledger.TokenIssue, act string) error {
	if i.Vendor == 0 {
		return nil
	}
	v, _, err := r.Vendor(i.Vendor)
	if err == nil && (v.Status != ledger.VendorSuspended || act != voucherVoid) {
		err = ledger.Refuse(ledger.ErrNotAllowed, "Its vendor voids it; you do while that vendor is suspended.",
			"The vouchers are not of the service.")
	}
	return err
}

// TokenIssues lists what the service has issued, or a vendor, newest first. It refuses with ErrNotAllowed a key without
// a role, and with ErrNotFound an unknown vendor.
func (s *Server) TokenIssues(
	ctx context.Context, who view.Caller, vendor string, q view.Paging,
) (page view.Page[view.TokenIssue], err error) {
	err = s.viewStaff(ctx, who, deskRoles, func(r books.Reader, _ ledger.Staff) error {
		by, err := s.issuerNamed(r, vendor)
		if err != nil {
			return err
		}
		page, err = s.issuesOf(r, by, q)
		return err
	})
	return page, err
}

// issuesOf makes a page of the issues of an issuer.
func (s *Server) issuesOf(
	r books.Reader, by ledger.VendorID, q view.Paging,
) (page view.Page[view.TokenIssue], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	all, err := r.Issues(by, ledger.EntryNo(before), q.Rows()+1)
	if err != nil {
		return page, err
	}
	show := func(i ledger.TokenIssue) (view.TokenIssue, error) { return s.issueView(r, i) }
	return pageOfEach(s.seal, all, q.Rows(), show, func(i ledger.TokenIssue) uint64 { return uint64(i.No) })
}

// issueView shows an issue. Its codes are told once, by who makes them.
func (s *Server) issueView(r books.Reader, i ledger.TokenIssue) (v view.TokenIssue, err error) {
	v = view.TokenIssue{
		ID: s.seal.Issue(i.No), State: view.State(i.State), Amount: i.Each, Count: i.Count, Redeemed: i.Redeemed,
		Left: ledger.Amount{Micros: i.Left(), Currency: i.Each.Currency}, Reason: i.Reason, By: s.house.Name,
		Created: view.At(i.Created), Ends: view.At(i.Ends),
	}
	if i.Vendor == 0 {
		return v, nil
	}
	vendor, _, err := r.Vendor(i.Vendor)
	if err != nil {
		return v, err
	}
	v.By = vendor.Name
	if i.To != 0 {
		l, err := linkOf(r, i.To, i.Vendor, i.Each.Currency)
		if err == nil && l != nil {
			v.To = s.seal.Link(l.ID)
		}
		return v, err
	}
	return v, nil
}

// RedeemVoucher brings the tokens of a voucher into the wallet (claims 6, 32); an account in their currency is opened
// if there is none. It refuses with ErrNotFound an unknown code, with ErrRate who has typed too many, and else as
// [ledger.RedeemVoucher] does.
func (s *Server) RedeemVoucher(ctx context.Context, who view.Caller, code string) (v view.Incentive, err error) {
	at := s.clock()
	var u ledger.User
	err = s.countWrongCodes(who, longCode, at, func() error {
		return s.updateMember(ctx, who, func(tx books.Tx, me ledger.User) error {
			u = me
			hash := seal.HashCode(code)
			i, found, err := tx.IssueByCode(hash)
			if err != nil {
				return err
			}
			n, has := i.Voucher(hash)
			if !found || !has {
				return ledger.Refuse(ledger.ErrNotFound, "Compare it with the voucher: V and three groups.",
					"There is no voucher with this code.")
			}
			out, err := redeem(tx, i, n, me, memberActor(who), at)
			if err != nil {
				return err
			}
			v, err = s.incentiveView(tx.Reader, ledger.IncentiveLot{
				No: out.Incentive.No, Vendor: i.Vendor, ByVendor: i.Vendor != 0, Issue: i.No, Left: i.Each.Micros,
				Expires: out.Incentive.Expires,
			}, i.Each.Currency, at)
			return err
		})
	})
	if err == nil {
		s.notifier.wake(topicUser(u.ID))
		s.webhooks.Wake()
	}
	return v, err
}

// redeem brings a voucher into a wallet in its transaction.
func redeem(
	tx books.Tx, i ledger.TokenIssue, n uint32, u ledger.User, a ledger.Actor, at time.Time,
) (out ledger.VoucherOutcome, err error) {
	f := ledger.VoucherFacts{Issue: i, Voucher: n, User: u}
	p, err := policy(tx.Reader)
	if err != nil {
		return out, err
	}
	if f.Wallet, err = walletOrNew(tx.Reader, u.ID, i.Each.Currency, p); err != nil {
		return out, err
	}
	if f.Vendor, _, err = tx.Vendor(i.Vendor); err != nil {
		return out, err
	}
	if f.Issuer, err = issuer(tx.Reader, i); err != nil {
		return out, err
	}
	if f.No, err = tx.Next(); err != nil {
		return out, err
	}
	if out, err = ledger.RedeemVoucher(a, f, at); err != nil {
		return out, err
	}
	if _, err := ensureWallet(tx, u, i.Each.Currency, p); err != nil {
		return out, err
	}
	if _, err := tx.Append(out.Note); err != nil {
		return out, err
	}
	if _, err := tx.Append(out.Given); err != nil {
		return out, err
	}
	if err := tx.PutIncentive(out.Incentive); err != nil {
		return out, err
	}
	return out, tx.PutIssue(out.Issue)
}

// sweepIssues ends issues whose time is over: what nobody has redeemed returns to who paid for it.
func (s *Server) sweepIssues(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.TokenIssue, limit int) ([]ledger.TokenIssue, error) {
		return r.DueIssues(now, behind, limit)
	}, func(i ledger.TokenIssue) error {
		return s.update(ctx, func(tx books.Tx) error {
			f, err := issueFacts(tx, i.No, systemActor)
			if err != nil || f.Issue.State != ledger.IssueOpen && f.Issue.State != ledger.IssueProposed {
				return err
			}
			out, err := ledger.EndIssue(f, now)
			if err != nil {
				return err
			}
			return putIssue(tx, out)
		})
	})
}
