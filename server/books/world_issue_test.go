package books

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"pgregory.net/rapid"
)

// issueFacts are what a decision about an issue needs.
func (w *world) issueFacts(tx Tx, no ledger.EntryNo, by ledger.Actor) (f ledger.IssueFacts, err error) {
	f = ledger.IssueFacts{Policy: w.policy, Staff: ledger.Staff{Fingerprint: by.Key}, Actor: by}
	if f.Issue, _, err = tx.Issue(no); err != nil {
		return f, err
	}
	f.Proposer.Fingerprint = f.Issue.By
	if f.Till, _, err = tx.Till(w.vendor, "EUR"); err != nil {
		return f, err
	}
	v, _, err := tx.Vendor(w.vendor)
	if err != nil {
		return f, err
	}
	f.Terms = v.TermsIn("EUR", w.policy)
	ripe, err := tx.Ripening(w.vendor, "EUR", w.now.Add(-f.Terms.Delay))
	if err != nil {
		return f, err
	}
	if f.Young, err = tx.Young(ripe); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// issueStep does a step of an issue; number 0 makes one of two vouchers.
func (w *world) issueStep(
	no ledger.EntryNo, by ledger.Actor, each ledger.Amount,
	step func(ledger.TokenIssue, ledger.IssueFacts) (ledger.IssueOutcome, error),
) (made ledger.EntryNo, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f, err := w.issueFacts(tx, no, by)
		if err != nil {
			return err
		}
		i := ledger.TokenIssue{Each: each, Count: 2, Reason: "spring", Ends: w.now.Add(30 * 24 * time.Hour)}
		if by.Role == ledger.RoleVendor {
			i.Vendor = w.vendor
		}
		for n := range uint64(2) {
			code := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(f.No)<<1|n))
			i.Codes = append(i.Codes, code[:]...)
		}
		out, err := step(i, f)
		if err != nil {
			return err
		}
		made = out.Issue.No
		return first(appended(tx, out.Entry), tx.PutIssue(out.Issue))
	})
	return made, err
}

func (w *world) issuesTokens(by ledger.Actor, each ledger.Amount) (ledger.EntryNo, error) {
	return w.issueStep(0, by, each, func(i ledger.TokenIssue, f ledger.IssueFacts) (ledger.IssueOutcome, error) {
		return ledger.IssueTokens(i, f, w.now)
	})
}

func (w *world) approvesIssue(no ledger.EntryNo, by ledger.Actor) error {
	_, err := w.issueStep(no, by, eur(1), func(_ ledger.TokenIssue, f ledger.IssueFacts) (ledger.IssueOutcome, error) {
		return ledger.ApproveIssue(f, w.now)
	})
	return err
}

func (w *world) endsIssue(no ledger.EntryNo, by ledger.Actor) error {
	_, err := w.issueStep(no, by, eur(1), func(_ ledger.TokenIssue, f ledger.IssueFacts) (ledger.IssueOutcome, error) {
		return ledger.EndIssue(f, w.now)
	})
	return err
}

// redeemsVoucher brings a voucher of an issue into a wallet, found by its code.
func (w *world) redeemsVoucher(no ledger.EntryNo, n uint32, u ledger.UserID) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		i, err := w.incentiveFacts(tx, u)
		if err != nil {
			return err
		}
		f := ledger.VoucherFacts{No: i.No, User: i.User, Wallet: i.Wallet}
		made, _, err := tx.Issue(no)
		if err != nil {
			return err
		}
		if f.Issue, _, err = tx.IssueByCode(made.Code(int(n))); err != nil {
			return err
		}
		f.Voucher, _ = f.Issue.Voucher(made.Code(int(n)))
		out, err := ledger.RedeemVoucher(ledger.Actor{Role: ledger.RoleUser}, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Note), appended(tx, out.Given), tx.PutIncentive(out.Incentive),
			tx.PutIssue(out.Issue))
	})
}

// issue makes, approves, redeems and ends issues of tokens.
func (m *model) issue(t *rapid.T) {
	w := m.w
	switch step := rapid.SampledFrom([]string{"issue", "approve", "redeem", "redeem", "end"}).Draw(t, "step"); {
	case step == "issue" || len(m.issues) == 0:
		by := rapid.SampledFrom([]ledger.Actor{ritas, itself}).Draw(t, "by")
		no, err := w.issuesTokens(by, eur(rapid.SampledFrom([]int64{1, 4, 20, 3_000}).Draw(t, "cents")))
		if m.refused(err); err == nil {
			m.issues = append(m.issues, no)
		}
	case step == "approve":
		m.refused(w.approvesIssue(rapid.SampledFrom(m.issues).Draw(t, "issue"),
			rapid.SampledFrom([]ledger.Actor{ritas, mias}).Draw(t, "by")))
	case step == "redeem":
		m.refused(w.redeemsVoucher(rapid.SampledFrom(m.issues).Draw(t, "issue"),
			uint32(rapid.IntRange(0, 1).Draw(t, "voucher")), m.person(t)))
	default:
		m.refused(w.endsIssue(rapid.SampledFrom(m.issues).Draw(t, "issue"), mias))
	}
}

// issuesVouchers makes vouchers for two persons, of which bob redeemed one before the rest was voided.
func (l *busyWorld) issuesVouchers() {
	l.t.Helper()
	var err error
	l.issue, err = l.issuesTokens(ritas, eur(3_000))
	l.ok(err)
	l.ok(l.approvesIssue(l.issue, mias))
	l.ok(l.redeemsVoucher(l.issue, 1, l.bob))
	head := func(at *ledger.EntryNo) {
		l.see(func(r Reader) (err error) {
			*at, _, err = r.Head()
			return err
		})
	}
	head(&l.voucher)
	l.ok(l.endsIssue(l.issue, ritas))
	head(&l.issueOver)
}

// issueFaults are those of issues of tokens.
func issueFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	approved := func(l *world) ledger.EntryNo { return l.issue + 1 }
	note := func(l *world) ledger.EntryNo { return l.voucher - 1 }
	given := func(l *world) ledger.EntryNo { return l.voucher }
	voided := func(l *world) ledger.EntryNo { return l.issueOver }
	row := func(l *world) []byte { return key(tIssue, l.issue) }
	ends := func(change func(*entry)) func(*busyWorld, store.Tx) error { // a micro of bob's tokens, for the service
		return func(l *world, tx store.Tx) error {
			e := entry{At: l.now, Kind: ledger.KindIncentiveEnded, User: l.bob, Cause: l.voucher, Amount: eur(1)}
			e.Postings = []ledger.Posting{
				{Account: ledger.Account{Class: ledger.Promo, Currency: "EUR", Owner: uint64(l.voucher)}, Micros: 1},
				{Account: ledger.Account{Class: ledger.PromoGiven, Currency: "EUR"}, Micros: -1},
			}
			change(&e)
			return appended(Write(tx), e)
		}
	}
	return []fault{
		{"tokens that end in part", i20, "and moves", ends(func(*entry) {})},
		{"tokens of nobody that end", i4, "which is not of its wallet", ends(func(e *entry) { e.Cause = 1 })},
		{"issue of nothing", rowsEqual, "does not say which issue", inEntry(voided, func(_ *world, e *entry) {
			e.Issue = nil
		})},
		{"issue of one person", i20, "by who has proposed it", inEntry(approved, func(_ *world, e *entry) {
			e.Actor.Key = e.Issue.By
		})},
		{"issue without its money", i20, "opens issue", inEntry(approved, func(_ *world, e *entry) {
			e.Issue.Each.Micros++
		})},
		{"issue that keeps no reserve", i16, "of 0 it kept", inEntry(
			func(l *world) ledger.EntryNo { return l.ownIssue },
			func(_ *world, e *entry) {
				for i, g := range e.Postings {
					if g.Account.Class == ledger.VendorReserve {
						e.Postings[i].Account.Class = ledger.VendorPending
					}
				}
			},
		)},
		{"issue that the service pays for a vendor", i20, "of the service for an issue of vendor", inEntry(
			func(l *world) ledger.EntryNo { return l.ownIssue },
			func(_ *world, e *entry) {
				e.Postings[0].Account = ledger.Account{Class: ledger.PromoGiven, Currency: "EUR"}
			},
		)},
		{"issue that keeps money", i20, "ends issue", inEntry(voided, func(_ *world, e *entry) { e.Postings = nil })},
		{"voucher of nothing", rowsEqual, "does not say which voucher", inEntry(note, func(_ *world, e *entry) {
			e.Change = nil
		})},
		{"voucher of no open issue", i20, "which cannot be", inEntry(approved, func(_ *world, e *entry) {
			e.Issue.State = ledger.IssueVoided
		})},
		{"voucher after its end", i20, "does not say so", inEntry(approved, func(_ *world, e *entry) {
			e.Issue.Ends = e.Issue.Created
		})},
		{"voucher that gives nothing", i20, "gives nothing", inEntry(given, func(_ *world, e *entry) {
			e.Incentive.Issue = 0
		})},
		{"tokens of no issue", i20, "which is not there", inEntry(given, func(_ *world, e *entry) {
			e.Incentive.Issue = 1
		})},
		{"voucher that tells by whom", i20, "does not say so", inEntry(given, func(l *world, e *entry) {
			e.Vendor = l.vendor
		})},
		{"issue's row", rowsEqual, "is not what its entries say", inRow(row, issues,
			func(_ *world, i *ledger.TokenIssue) { i.Count++ })},
		{"issue missing", rowsEqual, "has no row", without(row)},
	}
}
