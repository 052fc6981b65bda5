package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// IssueOrder is an issue of tokens as its vendor sends it.
type IssueOrder struct {
	Amount ledger.Amount // of one voucher
	Count  uint32        // vouchers; 0: one
	Link   ledger.LinkID // of the buyer who gets them; zero: whoever has a voucher
	Reason string        // who gets them reads it
	Ends   time.Time     // zero: in a year
}

// IssueTokens pays for tokens out of what is available to the vendor, or would be by a settlement now (claims 6, 32). A
// repetition with the same key returns the first answer. It refuses with ErrNotFound a link of another vendor, and else
// as [ledger.IssueTokens] and [ledger.RedeemVoucher] do.
func (v *Seller) IssueTokens(ctx context.Context, q Request, o IssueOrder) (view.TokenIssue, bool, error) {
	if q.Key == "" {
		return view.TokenIssue{}, false, ledger.RefuseKeyMissing()
	}
	at := v.s.clock()
	i := ledger.TokenIssue{Vendor: v.ID, Each: o.Amount, Count: max(o.Count, 1), Reason: o.Reason, Ends: o.Ends}
	if i.Ends.IsZero() {
		i.Ends = at.Add(days(365))
	}
	direct := o.Link != (ledger.LinkID{})
	var codes []string
	if !direct {
		var err error
		if codes, i.Codes, err = v.s.voucherCodes(i.Count); err != nil {
			return view.TokenIssue{}, false, err
		}
	}
	ripe, err := v.ripening(ctx, o.Amount.Currency, at)
	if err != nil {
		return view.TokenIssue{}, false, err
	}
	shown, replayed, err := once(ctx, v, q, "token issue", func(tx books.Tx) (shown view.TokenIssue, err error) {
		if direct {
			l, err := v.link(tx.Reader, o.Link)
			if err != nil {
				return shown, err
			}
			if !l.Active(at) {
				return shown, ledger.RefuseNotFound("link")
			}
			i.To = l.ID.User
		}
		f, err := v.issueFacts(tx, o.Amount.Currency, ripe, at)
		if err != nil {
			return shown, err
		}
		out, err := ledger.IssueTokens(i, f, at)
		if err != nil {
			return shown, err
		}
		if err := putIssue(tx, out); err != nil {
			return shown, err
		}
		made := out.Issue
		if direct {
			u, _, err := tx.User(i.To)
			if err != nil {
				return shown, err
			}
			given, err := redeem(tx, made, 0, u, v.actor(), at)
			if err != nil {
				return shown, err
			}
			made = given.Issue
		}
		shown, err = v.s.issueView(tx.Reader, made)
		shown.Codes = codes
		return shown, err
	})
	if err == nil && direct && !replayed {
		v.s.notifier.wake(topicUser(o.Link.User))
	}
	return shown, replayed, err
}

// ripening counts what the vendor has earned and cannot leave yet.
func (v *Seller) ripening(ctx context.Context, c ledger.Currency, at time.Time) (g books.Ripening, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		terms, err := v.terms(r, c)
		if err == nil {
			g, err = r.Ripening(v.ID, c, at.Add(-terms.Delay))
		}
		return err
	})
	return g, err
}

// terms are those by which the vendor is settled.
func (v *Seller) terms(r books.Reader, c ledger.Currency) (t ledger.Terms, err error) {
	me, err := v.record(r)
	if err != nil {
		return t, err
	}
	p, err := policy(r)
	return me.TermsIn(c, p), err
}

// issueFacts reads what a new issue of the vendor needs.
func (v *Seller) issueFacts(
	tx books.Tx, c ledger.Currency, ripe books.Ripening, at time.Time,
) (f ledger.IssueFacts, err error) {
	if f, err = newIssueFacts(tx, v.ID, c, v.actor(), at); err != nil {
		return f, err
	}
	if f.Vendor, err = v.record(tx.Reader); err != nil {
		return f, err
	}
	if f.Till, _, err = tx.Till(v.ID, c); err != nil {
		return f, err
	}
	if f.Terms, err = v.terms(tx.Reader, c); err != nil {
		return f, err
	}
	f.Young, err = tx.Young(ripe)
	return f, err
}

// issue reads one of the vendor's own issues. It refuses with ErrNotFound.
func (v *Seller) issue(r books.Reader, no ledger.EntryNo) (ledger.TokenIssue, error) {
	i, err := issueAt(r, no)
	if err == nil && i.Vendor != v.ID {
		return ledger.TokenIssue{}, ledger.RefuseNotFound("token issue")
	}
	return i, err
}

// VoidIssue takes back what nobody has redeemed: it is owed to the vendor again, as what was just earned. It refuses as
// [ledger.EndIssue] does.
func (v *Seller) VoidIssue(ctx context.Context, q Request, no ledger.EntryNo) (view.TokenIssue, bool, error) {
	if q.Key == "" {
		return view.TokenIssue{}, false, ledger.RefuseKeyMissing()
	}
	at := v.s.clock()
	return once(ctx, v, q, "token issue void", func(tx books.Tx) (shown view.TokenIssue, err error) {
		if _, err := v.issue(tx.Reader, no); err != nil {
			return shown, err
		}
		f, err := issueFacts(tx, no, v.actor())
		if err != nil {
			return shown, err
		}
		out, err := ledger.EndIssue(f, at)
		if err != nil {
			return shown, err
		}
		if err := putIssue(tx, out); err != nil {
			return shown, err
		}
		return v.s.issueView(tx.Reader, out.Issue)
	})
}

// TokenIssues lists what the vendor has issued, newest first. It refuses with ErrInvalid an unknown cursor.
func (v *Seller) TokenIssues(ctx context.Context, q view.Paging) (page view.Page[view.TokenIssue], err error) {
	err = v.view(ctx, func(r books.Reader) error {
		page, err = v.s.issuesOf(r, v.ID, q)
		return err
	})
	return page, err
}

// TokenIssue reads an issue of the vendor. It refuses with ErrNotFound.
func (v *Seller) TokenIssue(ctx context.Context, no ledger.EntryNo) (shown view.TokenIssue, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		i, err := v.issue(r, no)
		if err != nil {
			return err
		}
		shown, err = v.s.issueView(r, i)
		return err
	})
	return shown, err
}
