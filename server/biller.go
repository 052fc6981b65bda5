package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// accountPurpose binds the sealed number of an account at a biller to its use.
const accountPurpose = "biller account"

// billerNamed reads a biller. It refuses with ErrNotFound a name of none.
func billerNamed(r books.Reader, name string) (ledger.Biller, error) {
	b, found, err := r.Biller(strings.ToLower(strings.TrimSpace(name)))
	if err == nil && !found {
		err = ledger.Refuse(ledger.ErrNotFound, "Type: biller list", "There is no biller %q.", ledger.CleanLine(name, 30))
	}
	return b, err
}

// atBiller reads the biller and the account of a deposit on a bill; of any other they are the zero values.
func atBiller(r books.Reader, u ledger.UserID, b ledger.OnBill) (ledger.Biller, ledger.BillerAccount, error) {
	if b.Biller == "" {
		return ledger.Biller{}, ledger.BillerAccount{}, nil
	}
	biller, err := billerNamed(r, b.Biller)
	if err != nil {
		return biller, ledger.BillerAccount{}, err
	}
	a, _, err := r.BillerAccount(u, b.Biller)
	return biller, a.BillerAccount, err
}

// putBillerAccount writes an account that has changed; its sealed number stays.
func putBillerAccount(tx books.Tx, a ledger.BillerAccount) error {
	had, _, err := tx.BillerAccount(a.User, a.Biller)
	if err != nil {
		return err
	}
	had.BillerAccount = a
	return tx.PutBillerAccount(had)
}

// billed tells whether a method is open: charges on bills are, where there is a biller for them.
func billed(r books.Reader, info funding.Info) (bool, error) {
	if info.Kind != ledger.DepositOnBill {
		return true, nil
	}
	all, err := r.Billers()
	for _, b := range all {
		if b.Method == info.Name && !b.Closed {
			return true, nil
		}
	}
	return false, err
}

// billFor finds the bill on which a deposit is charged: that of the one account of the wallet at a biller of its kind
// and its currency. Of any other deposit it is the zero value.
func billFor(r books.Reader, u ledger.User, o ledger.DepositOrder) (b ledger.OnBill, err error) {
	if o.Kind != ledger.DepositOnBill {
		return b, nil
	}
	all, err := r.BillerAccounts(u.ID)
	if err != nil {
		return b, err
	}
	var names []string
	for _, a := range all {
		biller, err := billerNamed(r, a.Biller)
		if err != nil {
			return b, err
		}
		if a.Live() && biller.Method == o.Method && biller.Currency == o.Amount.Currency {
			b = ledger.OnBill{Biller: a.Biller, Mark: a.Mark, Last4: a.Last4}
			names = append(names, a.Biller)
		}
	}
	switch len(names) {
	case 0:
		return b, ledger.Refuse(ledger.ErrState, "Add it once with: biller join BILLER ACCOUNT. The billers: biller list",
			"This wallet has no account at a biller of that kind in %s.", o.Amount.Currency)
	case 1:
		return b, nil
	}
	return b, ledger.Refuse(ledger.ErrState, "Leave one of them open: "+strings.Join(names, ", ")+".",
		"This wallet has more than one account of that kind in %s.", o.Amount.Currency)
}

// SetBiller opens a biller, or changes one. It refuses with ErrNotAllowed a key that is not an operator's.
func (s *Server) SetBiller(ctx context.Context, who view.Caller, q view.BillerRequest) (v view.Biller, err error) {
	cost := uint32(0)
	if q.Cost != "" {
		if cost, err = ledger.ReadPercent("cost", q.Cost, 50); err != nil {
			return v, err
		}
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "biller set", func(tx books.Tx, st ledger.Staff) error {
		var f ledger.BillerFacts
		b := ledger.Biller{
			Name: strings.ToLower(strings.TrimSpace(q.Name)), Title: q.Title, Method: q.Kind, Currency: q.Cap.Currency,
			Cap: q.Cap.Micros, Cost: cost, Closed: q.Closed,
		}
		if f.Policy, err = policy(tx.Reader); err != nil {
			return err
		}
		if f.Biller, _, err = tx.Biller(b.Name); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.SetBiller(b, staffActor(st), f, at)
		if err != nil {
			return err
		}
		v = billerView(out.Biller, ledger.BillerAccount{})
		return putBiller(tx, out)
	})
	return v, err
}

// putBiller writes what a decision about a biller has changed.
func putBiller(tx books.Tx, out ledger.BillerOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	b := out.Entry.Biller
	if b.Biller != nil {
		if err := tx.PutBiller(*b.Biller); err != nil {
			return err
		}
	}
	if b.Account != nil {
		return putBillerAccount(tx, *b.Account)
	}
	return nil
}

// billerView shows a biller with the caller's account there.
func billerView(b ledger.Biller, a ledger.BillerAccount) view.Biller {
	v := view.Biller{
		Name: b.Name, Title: b.Title, Kind: b.Method, Cap: ledger.Amount{Micros: b.Cap, Currency: b.Currency},
		Cost: ledger.Percent(b.Cost), Closed: b.Closed, Files: b.Files, State: view.State(a.State),
	}
	if a.Last4 != "" {
		v.Account = "…" + a.Last4
	}
	return v
}

// Billers lists the billers, with the caller's accounts there.
func (s *Server) Billers(ctx context.Context, who view.Caller) (all []view.Biller, err error) {
	err = s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) error {
		f, err := resolveCaller(r, who)
		if err != nil {
			return err
		}
		list, err := r.Billers()
		if err != nil {
			return err
		}
		all = nil
		for _, b := range list {
			var a books.SealedAccount
			if f.isMember {
				if a, _, err = r.BillerAccount(f.user.ID, b.Name); err != nil {
					return err
				}
			}
			all = append(all, billerView(b, a.BillerAccount))
		}
		return nil
	})
	return all, err
}

// JoinBiller asks for the caller's account at a biller: the smallest charge goes on the next bill, with a code. The
// number is kept sealed, and shown by its end.
//
// It refuses with ErrNotFound a biller of another name, with ErrInvalid what is no number, with ErrNotAllowed a number
// that belongs to another wallet, and with ErrState a wallet that has one.
func (s *Server) JoinBiller(ctx context.Context, who view.Caller, biller, typed string) (v view.Deposit, err error) {
	number, err := ledger.ReadBillerAccount(typed)
	if err != nil {
		return v, err
	}
	code, err := s.seal.UserCode()
	if err != nil {
		return v, err
	}
	sealed, err := s.seal.Seal([]byte(number+"\x00"+code), accountPurpose)
	if err != nil {
		return v, err
	}
	at := s.clock()
	var owner ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		owner = u.ID
		b, err := billerNamed(tx.Reader, biller)
		if err != nil {
			return err
		}
		a := ledger.BillerAccount{
			Mark: s.seal.BillerMark(b.Name, number), Last4: ledger.Last4(number), Code: seal.HashCode(code),
		}
		if u, err = s.joinBiller(tx, u, b, books.SealedAccount{BillerAccount: a, Sealed: sealed}, who, at); err != nil {
			return err
		}
		d, err := s.announce(tx, u, ledger.DepositOrder{
			Method: b.Method, Kind: ledger.DepositOnBill, Amount: b.FirstCharge(), Actor: memberActor(who),
			Bill: ledger.OnBill{Biller: b.Name, Mark: a.Mark, Last4: a.Last4, First: true},
		}, at)
		v = s.depositView(u, d)
		return err
	})
	if err != nil {
		return view.Deposit{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// joinBiller writes an account that is asked for, and opens the wallet in the currency of its biller.
func (s *Server) joinBiller(
	tx books.Tx, u ledger.User, b ledger.Biller, asked books.SealedAccount, who view.Caller, at time.Time,
) (_ ledger.User, err error) {
	f := ledger.BillerFacts{Biller: b, User: u}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return u, err
	}
	if u, err = ensureWallet(tx, u, b.Currency, f.Policy); err != nil {
		return u, err
	}
	had, _, err := tx.BillerAccount(u.ID, b.Name)
	if err != nil {
		return u, err
	}
	taken, _, err := tx.BillerAccountByMark(asked.Mark)
	if err != nil {
		return u, err
	}
	f.Account, f.Taken = had.BillerAccount, taken.BillerAccount
	if f.No, err = tx.Next(); err != nil {
		return u, err
	}
	out, err := ledger.JoinBiller(asked.BillerAccount, memberActor(who), f, at)
	if err != nil {
		return u, err
	}
	if taken.Live() && taken.User != u.ID { // its claim has run out without the code
		if err := s.endBillerAccount(tx, b, taken.BillerAccount, at); err != nil {
			return u, err
		}
		if f.No, err = tx.Next(); err != nil {
			return u, err
		}
		if out, err = ledger.JoinBiller(asked.BillerAccount, memberActor(who), f, at); err != nil {
			return u, err
		}
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return u, err
	}
	if err := tx.PutUser(u); err != nil {
		return u, err
	}
	asked.BillerAccount = out.Account
	return u, tx.PutBillerAccount(asked)
}

// endBillerAccount ends a claim to an account that was never proved.
func (s *Server) endBillerAccount(tx books.Tx, b ledger.Biller, a ledger.BillerAccount, at time.Time) error {
	no, err := tx.Next()
	if err != nil {
		return err
	}
	return putBiller(tx, ledger.EndBillerAccount(systemActor, ledger.BillerFacts{No: no, Biller: b, Account: a}, at))
}

// ConfirmBiller takes the code that a bill has told: from then on the account is charged. Wrong codes are counted. It
// refuses with ErrNotFound another code, and with ErrState an account that waits for none.
func (s *Server) ConfirmBiller(ctx context.Context, who view.Caller, biller, typed string) (v view.Biller, err error) {
	at := s.clock()
	var owner ledger.UserID
	err = s.countWrongCodes(who, shortCode, at, func() error {
		return s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
			owner = u.ID
			b, err := billerNamed(tx.Reader, biller)
			if err != nil {
				return err
			}
			code, ok := seal.CleanUserCode(typed)
			if !ok {
				code = "no code"
			}
			f := ledger.BillerFacts{Biller: b}
			had, _, err := tx.BillerAccount(u.ID, b.Name)
			if err != nil {
				return err
			}
			f.Account = had.BillerAccount
			if f.No, err = tx.Next(); err != nil {
				return err
			}
			out, err := ledger.ConfirmBiller(seal.HashCode(code), memberActor(who), f, at)
			if err != nil {
				return err
			}
			v = billerView(b, out.Account)
			return putBiller(tx, out)
		})
	})
	if err != nil {
		return view.Biller{}, err
	}
	s.notifier.wake(topicUser(owner))
	return v, nil
}
