package server

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// callFor is how long a method may take to answer; after that the outcome is unknown and looked up later.
const callFor = 30 * time.Second

// kindDeposit is what an idempotency key remembers of a deposit: its sealed name.
const kindDeposit = "deposit"

// Methods lists the ways to add funds that this wallet can use.
func (s *Server) Methods(ctx context.Context, who ledger.Caller) (all []ledger.MethodInfo, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		all = nil
		if _, err := member(r, who); err != nil {
			return err
		}
		p, err := policy(r)
		if err != nil {
			return err
		}
		for _, m := range s.methods {
			if info := m.Info(); s.offered(info) {
				all = append(all, bounded(info, p))
			}
		}
		return nil
	})
	return all, err
}

// offered keeps simulated money out of a house with real money.
func (s *Server) offered(info ledger.MethodInfo) bool { return s.house.Simulated || !info.Simulated }

// bounded fills in what the method leaves to the policy.
func bounded(info ledger.MethodInfo, p ledger.Policy) ledger.MethodInfo {
	if len(info.Currencies) == 0 {
		info.Currencies = p.Currencies
	}
	least, most := map[ledger.Currency]ledger.Amount{}, map[ledger.Currency]ledger.Amount{}
	for _, c := range info.Currencies {
		least[c] = ledger.Amount{Micros: p.DepositMin, Currency: c}
		most[c] = ledger.Amount{Micros: p.DepositMax, Currency: c}
		if a, own := info.Min[c]; own {
			least[c] = a
		}
		if a, own := info.Max[c]; own {
			most[c] = a
		}
	}
	info.Min, info.Max = least, most
	return info
}

// method answers the way to add funds with this name.
func (s *Server) method(name string) (funding.Method, error) {
	for _, m := range s.methods {
		if info := m.Info(); info.Name == name && s.offered(info) {
			return m, nil
		}
	}
	return nil, ledger.Invalid("method", "See the ways to add funds with: methods.", "There is no way to add funds named %q.", ledger.CleanLine(name, 20))
}

// Fund adds funds by one method. The deposit is written before the method is called and outside of any transaction, so
// that an order given to a processor is always known here; its outcome is a second entry.
func (s *Server) Fund(ctx context.Context, who ledger.Caller, q ledger.FundRequest) (ledger.DepositView, error) {
	u, err := s.whose(ctx, who)
	if err != nil {
		return ledger.DepositView{}, err
	}
	m, err := s.method(q.Method)
	if err != nil {
		return ledger.DepositView{}, err
	}
	key, err := s.key(q.Key)
	if err != nil {
		return ledger.DepositView{}, err
	}
	at := s.clock()
	online := m.Info().Online
	ref, replayed, err := s.once(ctx, request{
		Owner: userOwner(u.ID), Key: key, At: at,
		Fingerprint: fingerprint("fund", q.Method, strconv.FormatInt(q.Amount.Micros, 10), string(q.Amount.Currency)),
	}, func(tx books.Tx) (string, []byte, error) {
		d, err := s.order(tx, who, q, m.Info(), at)
		return kindDeposit, []byte(s.seal.Deposit(d.ID)), err
	})
	if err != nil {
		return ledger.DepositView{}, err
	}
	id, err := s.seal.OpenDeposit(string(ref))
	if err != nil {
		return ledger.DepositView{}, fmt.Errorf("remembered deposit: %w", err)
	}
	s.hub.wake(topicUser(u.ID), topicDesk)
	if online && !replayed {
		return s.start(ctx, m, id)
	}
	return s.depositNow(ctx, id)
}

// order writes a new deposit: announced if it is on paper, in processing if a processor is about to be called.
func (s *Server) order(tx books.Tx, who ledger.Caller, q ledger.FundRequest, info ledger.MethodInfo, at time.Time) (d ledger.Deposit, err error) {
	u, err := member(tx.Reader, who)
	if err != nil {
		return d, err
	}
	p, err := policy(tx.Reader)
	if err != nil {
		return d, err
	}
	f := ledger.DepositFacts{User: u, Policy: p}
	if f.No, err = tx.Next(); err != nil {
		return d, err
	}
	if f.Wallet, err = walletOr(tx.Reader, u.ID, q.Amount.Currency, p); err != nil {
		return d, err
	}
	out, err := ledger.NewDeposit(ledger.DepositOrder{
		Method: info.Name, Online: info.Online, Amount: q.Amount, Actor: acting(who),
	}, f, at)
	if err != nil {
		return d, err
	}
	if out.User, err = openFor(tx, out.User, q.Amount.Currency, p); err != nil {
		return d, err
	}
	if err := putDeposit(tx, out); err != nil {
		return d, err
	}
	if !info.Online {
		return out.Deposit, nil
	}
	return s.advance(tx, out.Deposit.ID, ledger.DepositEvent{To: ledger.DepositProcessing, Actor: theHouse}, at)
}

func putDeposit(tx books.Tx, out ledger.DepositOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if err := tx.PutUser(out.User); err != nil {
		return err
	}
	return tx.PutDeposit(out.Deposit)
}

// advance moves a deposit one step on.
func (s *Server) advance(tx books.Tx, id ledger.DepositID, e ledger.DepositEvent, at time.Time) (d ledger.Deposit, err error) {
	d, found, err := tx.Deposit(id)
	if err != nil || !found {
		return d, orMissing(err)
	}
	f := ledger.DepositFacts{Deposit: d}
	if f.User, _, err = tx.User(id.User); err != nil {
		return d, err
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return d, err
	}
	if f.Wallet, err = walletOr(tx.Reader, id.User, d.Amount.Currency, f.Policy); err != nil {
		return d, err
	}
	if f.No, err = tx.Next(); err != nil {
		return d, err
	}
	out, err := ledger.DecideDeposit(e, f, at)
	if err != nil {
		return d, err
	}
	return out.Deposit, putDeposit(tx, out)
}

// start calls the method. Whoever asked may hang up: the call goes on, and what it answers is written.
func (s *Server) start(ctx context.Context, m funding.Method, id ledger.DepositID) (ledger.DepositView, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callFor)
	defer cancel()
	var d ledger.Deposit
	err := s.view(ctx, func(r books.Reader) (err error) {
		d, _, err = r.Deposit(id)
		return err
	})
	if err != nil {
		return ledger.DepositView{}, err
	}
	out, err := m.Start(ctx, funding.Order{Name: s.seal.Deposit(id), Deposit: d})
	if err != nil { // nobody knows whether the processor has the order
		s.log.Warn("funding: unknown outcome", "deposit", s.seal.Deposit(id), "method", d.Method, "error", err)
		out = funding.Outcome{State: ledger.DepositErrored}
	}
	if err := s.learned(context.WithoutCancel(ctx), id, out, s.clock()); err != nil {
		return ledger.DepositView{}, err
	}
	s.soon()
	return s.depositNow(context.WithoutCancel(ctx), id)
}

// learned writes what a method has answered. An answer that changes nothing, and one that came twice, write nothing.
func (s *Server) learned(ctx context.Context, id ledger.DepositID, o funding.Outcome, at time.Time) error {
	changed := false
	err := s.update(ctx, func(tx books.Tx) error {
		changed = false
		d, found, err := tx.Deposit(id)
		if err != nil || !found || d.State == o.State {
			return err
		}
		changed = true
		_, err = s.advance(tx, id, ledger.DepositEvent{
			To: o.State, External: ledger.CleanLine(o.External, 100), Reason: ledger.CleanLine(o.Reason, 200), Actor: theHouse,
		}, at)
		return err
	})
	if err == nil && changed {
		s.hub.wake(topicUser(id.User), topicDesk)
	}
	return err
}

// Deposits lists the newest deposits of the wallet, newest first, as many as the page allows. There is no further page:
// older ones are in the history.
func (s *Server) Deposits(ctx context.Context, who ledger.Caller, page ledger.Page) (all []ledger.DepositView, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		all = nil
		u, err := member(r, who)
		if err != nil {
			return err
		}
		list, err := r.Deposits(u.ID, rows(page.Limit))
		for _, d := range list {
			all = append(all, s.depositView(u, d))
		}
		return err
	})
	return all, err
}

func (s *Server) depositNow(ctx context.Context, id ledger.DepositID) (v ledger.DepositView, err error) {
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

func (s *Server) depositView(u ledger.User, d ledger.Deposit) ledger.DepositView {
	v := ledger.DepositView{
		ID: s.seal.Deposit(d.ID), Method: d.Method, Amount: d.Amount,
		Fee: ledger.Amount{Micros: d.Fee, Currency: d.Amount.Currency}, State: d.State, Reference: d.Reference,
		Created: d.Created, Expires: d.Expires, Reason: d.Reason, Handle: u.Handle, Simulated: s.house.Simulated,
	}
	for _, m := range s.methods {
		if m.Info().Name == d.Method {
			v.Steps = m.Steps(d)
		}
	}
	return v
}
