package server

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// kindDeposit is what an idempotency key remembers of a deposit: its sealed name. The name is what a repetition is
// answered from.
const kindDeposit = "deposit"

// methodNamed returns the way to add funds with this name, also one that is not offered here: old deposits keep theirs.
//
// It is the only place that looks for a method by its name.
func (s *Server) methodNamed(name string) (m funding.Method, info funding.Info, found bool) {
	for _, m := range s.methods {
		if info := m.Info(); info.Name == name {
			return m, info, true
		}
	}
	return nil, funding.Info{}, false
}

// methodTitle is the name for people of a way to add funds.
func (s *Server) methodTitle(name string) string {
	if _, info, found := s.methodNamed(name); found {
		return info.Title
	}
	return name
}

// online tells whether a processor, not staff, knows what becomes of a deposit.
func online(d ledger.Deposit) bool { return d.Is(ledger.DepositOnline) }

// offline tells whether people or files of billers tell what becomes of a deposit: no processor and no bank.
func offline(d ledger.Deposit) bool { return !online(d) && !d.Is(ledger.DepositDebit) }

// offered keeps simulated money out of a service with real money. The books of a service know which kind it is
// ([Server.marks]), so the two never meet in one store.
func (s *Server) offered(info funding.Info) bool { return s.house.Simulated || !info.Simulated }

// Methods lists the ways to add funds that this wallet can use (claims 37 to 39). Simulated ones are offered in a
// demonstration only.
func (s *Server) Methods(ctx context.Context, who view.Caller) (all []view.Method, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, _ ledger.User) error {
		all = nil
		p, err := policy(r)
		if err != nil {
			return err
		}
		for _, m := range s.methods {
			info := m.Info()
			if !s.offered(info) {
				continue
			}
			if open, err := billed(r, info); err != nil || !open {
				if err != nil {
					return err
				}
				continue
			}
			all = append(all, bounded(info, p))
		}
		return nil
	})
	return all, err
}

// bounded fills in what the method leaves to the policy.
func bounded(info funding.Info, p ledger.Policy) view.Method {
	if len(info.Currencies) == 0 {
		info.Currencies = p.Currencies
	}
	of := func(own map[ledger.Currency]ledger.Amount, c ledger.Currency, micros int64) *ledger.Amount {
		if a, has := own[c]; has {
			return &a
		}
		return &ledger.Amount{Micros: micros, Currency: c}
	}
	closed, _ := p.Closed(info.Name)
	return view.Method{
		Frozen: closed.Reason,
		Name:   info.Name, Title: info.Title, Online: info.Kind == ledger.DepositOnline,
		Bank: info.Kind == ledger.DepositDebit, Simulated: info.Simulated,
		Help: info.Help, Arrives: info.Arrives, Cost: info.Cost,
		Currencies: view.Map(info.Currencies, func(c ledger.Currency) view.MethodRange {
			p := p.In(c)
			return view.MethodRange{Currency: c, Min: of(info.Min, c, p.DepositMin), Max: of(info.Max, c, p.DepositMax)}
		}),
	}
}

// Fund adds funds by one method. The deposit is written before the method is called and outside of any transaction, so
// that an order given to a processor is always known here; its outcome is a second entry.
//
// The caller's key makes it idempotent: a repetition returns the deposit as it stands and calls no method. It refuses
// with ErrInvalid an unknown method or an amount out of bounds, and with ErrFrozen a frozen wallet.
func (s *Server) Fund(ctx context.Context, who view.Caller, q view.FundRequest) (view.Deposit, error) {
	m, info, found := s.methodNamed(q.Method)
	if !found || !s.offered(info) {
		return view.Deposit{}, ledger.Invalid(
			"method", "See the ways to add funds with: methods.",
			"There is no way to add funds named %q.", ledger.CleanLine(q.Method, 20),
		)
	}
	if info.Begins != "" {
		return view.Deposit{}, ledger.Invalid("method", info.Begins, "%s is not begun here.", info.Title)
	}
	at := s.clock()
	o := ledger.DepositOrder{
		Method: info.Name, Kind: info.Kind, Amount: q.Amount, Life: info.Life, Actor: memberActor(who),
	}
	terms := []string{"fund", q.Method, strconv.FormatInt(q.Amount.Micros, 10), string(q.Amount.Currency)}
	if q.Bank != "" {
		terms = append(terms, q.Bank)
	}
	what := fingerprint(terms...)
	var d ledger.Deposit
	u, ref, replayed, err := s.onceMember(ctx, who, q.Key, what, at,
		func(tx books.Tx, u ledger.User) (_ string, _ []byte, err error) {
			if o.Mandate, err = s.mandateFor(tx.Reader, u, m, q); err != nil {
				return "", nil, err
			}
			if o.Bill, err = billFor(tx.Reader, u, o); err != nil {
				return "", nil, err
			}
			d, err = s.announce(tx, u, o, at)
			return kindDeposit, []byte(s.seal.Deposit(d.ID)), err
		})
	if err != nil {
		return view.Deposit{}, err
	}
	s.notifier.wake(topicUser(u.ID), topicDesk)
	// Only the first call reaches the method. One that was cut short is asked for by the worker.
	switch {
	case replayed:
		id, err := s.seal.OpenDeposit(string(ref))
		if err != nil {
			return view.Deposit{}, fmt.Errorf("remembered deposit: %w", err)
		}
		return s.depositNow(ctx, id)
	case info.Kind == ledger.DepositOnline:
		return s.startDeposit(ctx, m, d)
	}
	return s.depositView(u, d), nil
}

// announce writes a new deposit: announced if it is offline, in processing if a processor is about to be called. The
// wallet is opened here if it is the first money in its currency.
func (s *Server) announce(
	tx books.Tx, u ledger.User, o ledger.DepositOrder, at time.Time,
) (d ledger.Deposit, err error) {
	p, err := policy(tx.Reader)
	if err != nil {
		return d, err
	}
	if err := refuseClosed(p, o); err != nil {
		return d, err
	}
	f := ledger.DepositFacts{User: u, Policy: p}
	if f.Biller, f.Account, err = atBiller(tx.Reader, u.ID, o.Bill); err != nil {
		return d, err
	}
	if f.No, err = tx.Next(); err != nil {
		return d, err
	}
	if f.Generation, err = tx.Generation(); err != nil {
		return d, err
	}
	if f.Wallet, err = walletOrNew(tx.Reader, u.ID, o.Amount.Currency, p); err != nil {
		return d, err
	}
	if f.Lately, err = depositsLately(tx, u.ID, at); err != nil {
		return d, err
	}
	out, err := ledger.NewDeposit(o, f, at)
	if err != nil {
		return d, err
	}
	if out.User, err = ensureWallet(tx, out.User, o.Amount.Currency, p); err != nil {
		return d, err
	}
	// The second step is in the same commit: a deposit that a processor may know of never looks like a mere wish.
	if err := putDeposit(tx, out); err != nil || o.Kind != ledger.DepositOnline {
		return out.Deposit, err
	}
	return advance(tx, out.Deposit, ledger.DepositEvent{To: ledger.DepositProcessing, Actor: systemActor}, at)
}

// depositsLately reads what the bounds of a wallet count. A day that is full is read to its bound and no further; the
// bound of the day also bounds how many there can be in two months.
func depositsLately(tx books.Tx, u ledger.UserID, at time.Time) ([]ledger.Deposit, error) {
	today, err := tx.DepositsSince(u, at.Add(-oneDay), ledger.DepositsPerDay)
	if err != nil || len(today) == ledger.DepositsPerDay {
		return today, err
	}
	return tx.DepositsSince(u, at.Add(-ledger.DepositLife), 0)
}

// putDeposit writes a step: the entry moves the money, the record says where the deposit stands.
func putDeposit(tx books.Tx, out ledger.DepositOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if err := tx.PutUser(out.User); err != nil {
		return err
	}
	if b := out.Entry.Biller; b != nil && b.Account != nil {
		if err := putBillerAccount(tx, *b.Account); err != nil {
			return err
		}
	}
	return tx.PutDeposit(out.Deposit)
}

// advance moves a deposit, as it was read in this transaction, one step on.
func advance(tx books.Tx, d ledger.Deposit, e ledger.DepositEvent, at time.Time) (ledger.Deposit, error) {
	return advanceBy(tx, d, e, ledger.Staff{}, at)
}

// advanceBy is advance for a member of staff.
func advanceBy(
	tx books.Tx, d ledger.Deposit, e ledger.DepositEvent, st ledger.Staff, at time.Time,
) (ledger.Deposit, error) {
	f := ledger.DepositFacts{Staff: st}
	var err error
	if f.Deposit, f.Redemptions, err = sentBack(tx, d, e.To, at); err != nil {
		return d, err
	}
	d = f.Deposit
	if f.Receiver, err = receiver(tx.Reader, d); err != nil {
		return d, err
	}
	if f.User, _, err = tx.User(d.ID.User); err != nil {
		return d, err
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return d, err
	}
	if f.Wallet, err = walletOrNew(tx.Reader, d.ID.User, d.Amount.Currency, f.Policy); err != nil {
		return d, err
	}
	if f.Lender, err = lender(tx.Reader, f.User, d); err != nil {
		return d, err
	}
	if f.Biller, f.Account, err = atBiller(tx.Reader, d.ID.User, d.Bill); err != nil {
		return d, err
	}
	if f.No, err = tx.Next(); err != nil {
		return d, err
	}
	out, err := ledger.DecideDeposit(e, f, at)
	if err != nil {
		return d, err
	}
	if err := putDeposit(tx, out); err != nil {
		return d, err
	}
	return out.Deposit, putMoved(tx, out.Staff)
}

// receiver returns the member of staff who received the instrument of a deposit; none is the zero value.
func receiver(r books.Reader, d ledger.Deposit) (ledger.Staff, error) {
	return staffBehind(r, d.Receiver)
}

// lender returns the member of staff who set the credit limit that an order is about; none is the zero value.
func lender(r books.Reader, u ledger.User, d ledger.Deposit) (ledger.Staff, error) {
	if !d.Is(ledger.DepositOnOrder) {
		return ledger.Staff{}, nil
	}
	return staffBehind(r, u.LenderIn(d.Amount.Currency))
}

// staffBehind returns the member of staff with a key, with the wallet; no key is the zero value.
func staffBehind(r books.Reader, key string) (ledger.Staff, error) {
	if key == "" {
		return ledger.Staff{}, nil
	}
	st, _, err := r.Staff(key)
	if err != nil {
		return st, err
	}
	return withWallet(r, st)
}

// Deposits lists the newest deposits of the wallet, newest first, as many as the page allows. There is no further page:
// older ones are in the history.
func (s *Server) Deposits(ctx context.Context, who view.Caller, page view.Paging) (all []view.Deposit, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		list, err := r.Deposits(u.ID, page.Rows())
		all = view.Map(list, func(d ledger.Deposit) view.Deposit { return s.depositView(u, d) })
		return err
	})
	return all, err
}

// depositNow shows a deposit as it stands, for an answer after the commit.
func (s *Server) depositNow(ctx context.Context, id ledger.DepositID) (v view.Deposit, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		d, found, err := r.Deposit(id)
		if err != nil || !found {
			return orMissing(err)
		}
		u, _, err := r.User(id.User)
		v = s.depositView(u, d)
		return err
	})
	return v, err
}

// depositView shows a deposit with what its payer has to do now. A deposit by a method that is no longer offered has no
// steps.
func (s *Server) depositView(u ledger.User, d ledger.Deposit) view.Deposit {
	v := view.Deposit{
		ID: s.seal.Deposit(d.ID), Method: d.Method, Amount: d.Amount,
		Fee: ledger.Amount{Micros: d.Fee, Currency: d.Amount.Currency}, State: view.State(d.State),
		Reference: d.Reference, Created: view.At(d.Created), Expires: view.At(d.Expires), Reason: d.Reason,
		Handle: u.Handle, Simulated: s.house.Simulated, Channel: string(d.Channel), Order: d.Order.Number,
		Due: view.At(d.Order.Due),
	}
	if d.Bill.Biller != "" {
		v.Bill = d.Bill.Biller + ", account …" + d.Bill.Last4
	}
	if m, _, found := s.methodNamed(d.Method); found {
		v.Steps = m.Steps(d)
	}
	if len(d.Link) > 0 {
		v.Link = s.house.URL + "/pay/" + v.ID
	}
	return v.Told()
}
