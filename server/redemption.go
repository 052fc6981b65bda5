package server

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// kindRedemption is what an idempotency key remembers of a redemption: its entry.
const kindRedemption = "redemption"

// redeemTarget is where money goes: one of the three.
type redeemTarget struct {
	deposit ledger.Deposit
	mandate ledger.Mandate
	payee   string // name and address
}

// RedeemTerms says what turning tokens back into money would be: what it costs, and where it goes. It writes nothing.
// It refuses what [Server.Redeem] would, but for a closed window: to look is no act.
func (s *Server) RedeemTerms(
	ctx context.Context, who view.Caller, q view.RedeemRequest,
) (t view.RedeemTerms, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		u.WindowUntil = at.Add(time.Second)
		f, err := redeemFacts(r, u, q.Amount.Currency, at)
		if err != nil {
			return err
		}
		to, err := s.redeemTo(r, f, who, q, at)
		if err != nil {
			return err
		}
		f.No = 1
		o := to.order(q.Amount, memberActor(who))
		if to.payee != "" { // it is kept when it is ordered
			o.Account = ledger.VaultRecord{
				ID: ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(u.ID), Number: 1}, Created: at,
			}
		}
		out, err := ledger.DecideRedeem(o, f, at)
		if err != nil {
			return err
		}
		d := out.Redemption
		t = view.RedeemTerms{
			Amount: d.Amount, Fee: ledger.Amount{Micros: d.Fee, Currency: d.Amount.Currency}, Arrives: d.Pays(), To: d.To,
			Account: d.Mask, Waits: d.State == ledger.RedemptionOpened,
		}
		if d.Mandate != 0 {
			t.Bank = s.seal.BankAccount(vaultOf(to.mandate, d.Mandate))
		}
		return nil
	})
	return t, err
}

// order is what the rules decide about.
func (t redeemTarget) order(a ledger.Amount, by ledger.Actor) ledger.RedeemOrder {
	return ledger.RedeemOrder{Amount: a, Deposit: t.deposit, Mandate: t.mandate, Actor: by}
}

// Redeem turns paid tokens back into money, at par: back to where they came from if the method can, else to a bank
// account of the wallet, else by check. What goes to a processor is handed over at once; the rest leaves with the next
// file. A repetition with the same key returns the first.
//
// It refuses with ErrNotFound another wallet's account, and else as [ledger.DecideRedeem] does.
func (s *Server) Redeem(ctx context.Context, who view.Caller, q view.RedeemRequest) (v view.Redemption, err error) {
	at := s.clock()
	terms := []string{"redeem", strconv.FormatInt(q.Amount.Micros, 10), string(q.Amount.Currency), q.To, q.Bank, q.Payee}
	u, ref, replayed, err := s.onceMember(ctx, who, q.Key, fingerprint(terms...), at,
		func(tx books.Tx, u ledger.User) (string, []byte, error) {
			f, err := redeemFacts(tx.Reader, u, q.Amount.Currency, at)
			if err != nil {
				return "", nil, err
			}
			to, err := s.redeemTo(tx.Reader, f, who, q, at)
			if err != nil {
				return "", nil, err
			}
			d, err := s.redeem(tx, f, to, to.order(q.Amount, memberActor(who)), at)
			return kindRedemption, entryRef(d.No), err
		})
	if err != nil {
		return v, err
	}
	no := refEntry(ref)
	if !replayed {
		s.notifier.wake(topicUser(u.ID), topicDesk)
		if err := s.sendBack(ctx, no); err != nil {
			return v, err
		}
	}
	return s.redemptionNow(ctx, no, false)
}

// redeem opens a redemption, in this transaction. A name and an address are kept in the vault until it has ended.
func (s *Server) redeem(
	tx books.Tx, f ledger.RedeemFacts, to redeemTarget, o ledger.RedeemOrder, at time.Time,
) (d ledger.Redemption, err error) {
	if to.payee != "" {
		o.Account, err = s.keepInVault(tx, ledger.VaultRecord{
			ID: ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(f.User.ID)}, Purpose: ledger.VaultCheck,
			Mask: "by post",
		}, []byte(to.payee), o.Actor, at)
		if err != nil {
			return d, err
		}
	}
	if f.No, err = tx.Next(); err != nil {
		return d, err
	}
	out, err := ledger.DecideRedeem(o, f, at)
	if err != nil {
		return d, err
	}
	return out.Redemption, putRedemption(tx, out, at)
}

// putRedemption writes a step of a redemption. What was kept for it alone is forgotten when it has ended.
func putRedemption(tx books.Tx, out ledger.RedemptionOutcome, at time.Time) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if out.Entry.Deposit != nil {
		if err := tx.PutDeposit(out.Deposit); err != nil {
			return err
		}
	}
	d := out.Redemption
	if d.Vault != 0 && !d.State.InTransit() {
		id := ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(d.User), Number: d.Vault}
		if kept, _, err := tx.Vault(id); err != nil {
			return err
		} else if kept.Live() {
			if err := forgetInVault(tx, id, systemActor, at); err != nil {
				return err
			}
		}
	}
	return tx.PutRedemption(d)
}

// redeemFacts reads what a decision about a redemption needs.
func redeemFacts(r books.Reader, u ledger.User, c ledger.Currency, at time.Time) (f ledger.RedeemFacts, err error) {
	f.User = u
	if f.Policy, err = policy(r); err != nil {
		return f, err
	}
	if f.Wallet, err = walletOrNew(r, u.ID, c, f.Policy); err != nil {
		return f, err
	}
	open, err := r.OpenRedemptions(u.ID)
	if err != nil {
		return f, err
	}
	f.Open = len(open)
	lately, err := r.Redemptions(books.RedemptionQuery{User: u.ID}, ledger.RedemptionsPerDay)
	if err != nil {
		return f, err
	}
	for _, d := range lately { // no more than a day may have
		if at.Sub(d.Created) < oneDay && ledger.Happened(d.Created, at) {
			f.Today++
		}
	}
	return f, lookContested(r, &f)
}

// lookContested looks for what keeps money in a wallet: a deposit that is being taken back, and a dispute.
func lookContested(r books.Reader, f *ledger.RedeemFacts) (err error) {
	if f.Taken, err = r.TakingBack(f.User.ID); err != nil {
		return err
	}
	f.Contested, err = r.Contests(f.User.ID)
	return err
}

// sentBack reads what goes back of a deposit that is about to take a step. Before its payer takes it back, what its
// processor has not heard of ends: the tokens are in the wallet again, and are taken from there.
func sentBack(
	tx books.Tx, d ledger.Deposit, to ledger.DepositState, at time.Time,
) (_ ledger.Deposit, open []ledger.Redemption, err error) {
	if d.Refunded == 0 {
		return d, nil, nil
	}
	if open, err = tx.OpenRedemptions(d.ID.User); err != nil || !to.TakenBack() {
		return d, open, err
	}
	ended := 0
	for _, r := range open {
		if r.Waits(d) {
			ended++
			if _, err := stepRedemption(tx, r, ledger.RedemptionEvent{
				Event: ledger.RedeemDeny, Reason: "The payment was taken back.", Actor: systemActor,
			}, ledger.Staff{}, at); err != nil {
				return d, nil, err
			}
		}
	}
	if ended == 0 {
		return d, open, nil
	}
	now, _, err := tx.Deposit(d.ID)
	if d.Refunded = now.Refunded; err != nil {
		return d, nil, err
	}
	open, err = tx.OpenRedemptions(d.ID.User)
	return d, open, err
}

// refunderNamed returns a method that can send money back.
func (s *Server) refunderNamed(name string) (funding.Refunder, bool) {
	m, info, found := s.methodNamed(name)
	r, can := m.(funding.Refunder)
	return r, found && can && s.offered(info)
}

// redeemTo finds where money goes: where the person says, else back to where it came from, else to a bank account. What
// cannot leave at all is refused first.
func (s *Server) redeemTo(
	r books.Reader, f ledger.RedeemFacts, who view.Caller, q view.RedeemRequest, at time.Time,
) (to redeemTarget, err error) {
	u, p := f.User, f.Policy
	switch err := f.MayRedeem(to.order(q.Amount, memberActor(who)), at); {
	case err != nil:
		return to, err
	case q.To == ledger.RedeemCheck:
		if err := ledger.CheckLength("payee", q.Payee, maxPayee); err != nil {
			return to, err
		}
		to.payee = strings.TrimSpace(ledger.CleanText(q.Payee, maxPayee))
		if len([]rune(to.payee)) < minPayee {
			return to, ledger.Invalid("payee", "Type name and address: --payee 'Ann Example, 1 High Street, 12345 Town'",
				"It is not said to whom the check is written.")
		}
		return to, nil
	case q.To == ledger.RedeemBank || q.Bank != "":
		to.mandate, err = s.accountFor(r, u, q, p, at)
		return to, err
	}
	if _, can := s.refunderNamed(q.To); q.To != "" && !can {
		return to, ledger.Invalid("to", "Name bank or check, or a way that takes money back: "+s.refunders()+".",
			"Nothing is sent back by %q here.", ledger.CleanLine(q.To, 20))
	}
	most := ledger.Amount{Currency: q.Amount.Currency}
	err = r.EachRefundable(u.ID, q.Amount.Currency, func(d ledger.Deposit) (more bool) {
		if _, can := s.refunderNamed(d.Method); !can || q.To != "" && d.Method != q.To {
			return true
		}
		left := d.Refundable(at)
		if most.Micros = max(most.Micros, left); left >= q.Amount.Micros {
			to.deposit = d
		}
		return to.deposit.No == 0
	})
	if err != nil || to.deposit.No != 0 {
		return to, err
	}
	if q.To != "" {
		return to, ledger.Invalid("to", "Redeem less at a time, or name bank or check.",
			"The deposit by %s that takes most back takes %s.", q.To, most)
	}
	if to.mandate, err = s.accountFor(r, u, q, p, at); err != nil && ledger.Code(err) == ledger.Code(ledger.ErrInvalid) {
		err = ledger.Invalid("to", "Add one with: bank add, or redeem to a check: --to check --payee 'NAME, ADDRESS'",
			"The money cannot go back to where it came from, and there is no bank account for %s.", q.Amount.Currency)
	}
	return to, err
}

const (
	// minPayee and maxPayee bound a name with an address, in characters.
	minPayee, maxPayee = 10, 200
)

// refunders names the ways that take money back.
func (s *Server) refunders() string {
	var all []string
	for _, m := range s.methods {
		if _, can := s.refunderNamed(m.Info().Name); can {
			all = append(all, m.Info().Name)
		}
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

// accountFor finds the bank account of a redemption: that which was named, else the newest one that takes it now.
func (s *Server) accountFor(
	r books.Reader, u ledger.User, q view.RedeemRequest, p ledger.Policy, at time.Time,
) (found ledger.Mandate, err error) {
	given, err := s.mandatesNamed(r, u, q.Bank)
	if err != nil {
		return found, err
	}
	for _, m := range slices.Backward(given) {
		if m.Currency != q.Amount.Currency && q.Bank == "" {
			continue
		}
		if found.ID.Number == 0 { // whatever it is: the rules say what is wrong with it
			found = m
		}
		if m.State == ledger.MandateActive && !at.Before(m.PayableFrom(p.Redeem.Hold)) {
			return m, nil
		}
	}
	if found.ID.Number == 0 {
		return found, ledger.Invalid("bank", "Add one with: bank add", "There is no bank account for %s.", q.Amount.Currency)
	}
	return found, nil
}

// Redemptions lists the newest redemptions of the wallet, as many as the page allows.
func (s *Server) Redemptions(ctx context.Context, who view.Caller, p view.Paging) (all []view.Redemption, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		list, err := r.Redemptions(books.RedemptionQuery{User: u.ID}, p.Rows())
		all = view.Map(list, func(d ledger.Redemption) view.Redemption { return s.redemptionView(d, "") })
		return err
	})
	return all, err
}

// Redemption shows one redemption of the wallet. It refuses with ErrNotFound another wallet's.
func (s *Server) Redemption(ctx context.Context, who view.Caller, id string) (v view.Redemption, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		d, err := s.redemptionNamed(r, id)
		if err == nil && d.User != u.ID {
			err = ledger.RefuseNotFound("redemption")
		}
		if err != nil {
			return err
		}
		v = s.redemptionView(d, "")
		if len(d.Link) > 0 {
			plain, err := s.seal.Open(d.Link, refundLinkPurpose)
			v.Link = string(plain)
			return err
		}
		return nil
	})
	return v, err
}

// CancelRedemption takes a redemption back that has not left: its tokens are in the wallet again. It refuses with
// ErrNotFound another wallet's, and with ErrState one that is on its way or over.
func (s *Server) CancelRedemption(ctx context.Context, who view.Caller, id string) (v view.Redemption, err error) {
	at := s.clock()
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		d, err := s.redemptionNamed(tx.Reader, id)
		if err == nil && d.User != u.ID {
			err = ledger.RefuseNotFound("redemption")
		}
		if err != nil {
			return err
		}
		d, err = stepRedemption(tx, d, ledger.RedemptionEvent{Event: ledger.RedeemCancel, Actor: memberActor(who)},
			ledger.Staff{}, at)
		v = s.redemptionView(d, "")
		return err
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return v, err
}

// onItsWay adds to an account what is on its way back to money, and its weekly budget unless that has ended.
func (s *Server) onItsWay(r books.Reader, w *view.Wallet, u ledger.UserID) error {
	open, err := r.OpenRedemptions(u)
	if err != nil {
		return err
	}
	sum := ledger.Amount{Currency: w.Currency}
	for _, d := range open {
		if d.Amount.Currency == w.Currency {
			sum.Micros += d.Amount.Micros
		}
	}
	if sum.Micros > 0 {
		w.Redeeming = &sum
	}
	f, found, err := r.Refill(u, w.Currency)
	if err != nil || !found || f.State == ledger.RefillEnded {
		return err
	}
	v, err := s.refillView(r, f)
	w.Refill = &v
	return err
}

// redemptionNamed reads a redemption by its name. It refuses with ErrNotFound.
func (s *Server) redemptionNamed(r books.Reader, id string) (d ledger.Redemption, err error) {
	no, err := s.seal.OpenRedemption(strings.TrimSpace(id))
	if err != nil {
		return d, ledger.RefuseNotFound("redemption")
	}
	d, found, err := r.Redemption(no)
	if err == nil && !found {
		err = ledger.RefuseNotFound("redemption")
	}
	return d, err
}

// stepRedemption moves a redemption, as it was read in this transaction, one step on.
func stepRedemption(
	tx books.Tx, d ledger.Redemption, ev ledger.RedemptionEvent, st ledger.Staff, at time.Time,
) (ledger.Redemption, error) {
	f := ledger.RedeemFacts{Redemption: d, Staff: st}
	var err error
	if f.User, _, err = tx.User(d.User); err != nil {
		return d, err
	}
	if f.Wallet, _, err = tx.Wallet(d.User, d.Amount.Currency); err != nil {
		return d, err
	}
	if d.Deposit != 0 {
		if f.Deposit, _, err = tx.Deposit(ledger.DepositID{User: d.User, Number: d.Deposit}); err != nil {
			return d, err
		}
	}
	if ev.Event == ledger.RedeemSubmit {
		if err := lookContested(tx.Reader, &f); err != nil {
			return d, err
		}
		if f.Policy, err = policy(tx.Reader); err != nil {
			return d, err
		}
		if d.To == ledger.RedeemBank {
			if f.Mandate, _, err = tx.Mandate(ledger.MandateID{User: d.User, Number: d.Mandate}); err != nil {
				return d, err
			}
		}
	}
	if f.No, err = tx.Next(); err != nil {
		return d, err
	}
	out, err := ledger.StepRedemption(ev, f, at)
	if err != nil {
		return d, err
	}
	return out.Redemption, putRedemption(tx, out, at)
}

// redemptionView shows a redemption, with the handle of its wallet to staff.
func (s *Server) redemptionView(d ledger.Redemption, handle string) view.Redemption {
	v := view.Redemption{
		ID: s.seal.Redemption(d.No), State: view.State(d.State), Amount: d.Amount, Arrives: d.Pays(),
		Fee: ledger.Amount{Micros: d.Fee, Currency: d.Amount.Currency}, To: d.To, Account: d.Mask,
		Why: cmp.Or(d.Why, "asked"), Reason: d.Reason, Created: view.At(d.Created), Updated: view.At(d.Updated),
		Handle: handle, Waits: d.State == ledger.RedemptionOpened, Simulated: s.house.Simulated,
	}
	if d.Deposit != 0 {
		v.Deposit = s.seal.Deposit(ledger.DepositID{User: d.User, Number: d.Deposit})
	}
	if d.File != 0 {
		v.File = bankFileID(d.File)
	}
	return v
}

// redemptionNow shows a redemption as it stands, for an answer after the commit; staff are told whose it is.
func (s *Server) redemptionNow(ctx context.Context, no ledger.EntryNo, staff bool) (v view.Redemption, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		d, found, err := r.Redemption(no)
		if err != nil || !found {
			return orMissing(err)
		}
		handle := ""
		if staff {
			u, _, err := r.User(d.User)
			if handle = u.Handle; err != nil {
				return err
			}
		}
		v = s.redemptionView(d, handle)
		return nil
	})
	return v, err
}
