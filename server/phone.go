package server

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// phoneCodeLife is how long a caller has to type the code.
const phoneCodeLife = 30 * time.Minute

// phoneMethod is the method of a deposit by phone: the caller pays on the page of the card processor.
const phoneMethod = "card"

// PayByPhone begins a card deposit for a caller, and returns a code that leads to the page of the card processor, in
// this answer only. The card is typed there: staff neither hear nor see it.
//
// It refuses with ErrNotFound an unknown wallet, with ErrNotAllowed staff's own, and with ErrInvalid an amount out of
// bounds or a service without cards.
func (s *Server) PayByPhone(
	ctx context.Context, who view.Caller, wallet string, amount ledger.Amount,
) (v view.PayLink, err error) {
	m, info, found := s.methodNamed(phoneMethod)
	if !found || !s.offered(info) {
		return v, ledger.Invalid("method", "See the ways to add funds with: methods.", "Cards are not taken here.")
	}
	code, err := s.seal.UserCode()
	if err != nil {
		return v, err
	}
	hash := seal.HashCode(code)
	at := s.clock()
	var d ledger.Deposit
	var handle string
	err = s.updateStaff(ctx, who, deskRoles, "desk paylink", func(tx books.Tx, st ledger.Staff) error {
		owner, err := walletNamed(tx.Reader, strings.TrimSpace(wallet))
		if err != nil {
			return err
		}
		u, _, err := tx.User(owner)
		if err != nil {
			return err
		}
		handle = u.Handle
		if err := st.RefuseOwnWallet(u); err != nil {
			return err
		}
		d, err = s.announce(tx, u, ledger.DepositOrder{
			Method: info.Name, Kind: info.Kind, Amount: amount, Life: info.Life, Actor: staffActor(st),
			Channel: ledger.ByPhone, Code: hash,
		}, at)
		if err != nil {
			return err
		}
		return tx.PutPhoneCode(books.PhoneCode{Hash: hash, Deposit: d.ID, Expires: at.Add(phoneCodeLife)})
	})
	if err != nil {
		return v, err
	}
	s.notifier.wake(topicUser(d.ID.User), topicDesk)
	shown, err := s.startDeposit(ctx, m, d)
	if err != nil {
		return v, err
	}
	return view.PayLink{
		Code: code, URL: s.house.URL + "/p/" + code, Expires: view.At(at.Add(phoneCodeLife)), Deposit: shown.ID,
		Handle: handle, Amount: amount, State: shown.State, Simulated: s.house.Simulated,
	}, nil
}

// PhonePage returns the address at the card processor's to which a code leads, once. A code that is wrong, used or too
// old is refused with ErrNotFound in the same words, and counted: an address that has typed too many is refused with
// ErrRate, whatever it types.
func (s *Server) PhonePage(ctx context.Context, from netip.Addr, typed string) (address string, err error) {
	at := s.clock()
	if err := s.callers.allow(from, at); err != nil {
		return "", err
	}
	code, known := seal.CleanUserCode(typed)
	if known {
		err = s.update(ctx, func(tx books.Tx) error {
			address, known, err = s.usePhoneCode(tx, seal.HashCode(code), at)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if !known {
		s.callers.wrong(from, at)
		return "", ledger.Refuse(ledger.ErrNotFound, "Compare it with what you were told, or ask for a new one.",
			"This code leads nowhere. A code is good for 30 minutes, and once.")
	}
	return address, nil
}

// usePhoneCode uses a code up.
func (s *Server) usePhoneCode(tx books.Tx, hash [32]byte, at time.Time) (address string, found bool, err error) {
	c, found, err := tx.PhoneCode(hash)
	if err != nil || !found || !at.Before(c.Expires) {
		return "", false, err
	}
	d, found, err := tx.Deposit(c.Deposit)
	if err != nil || !found || len(d.Link) == 0 { // the processor has not answered yet, or the deposit has ended
		return "", false, err
	}
	plain, err := s.seal.Open(d.Link, linkPurpose)
	if err != nil {
		return "", false, err
	}
	return string(plain), true, tx.DropPhoneCode(hash)
}

// sweepPhoneCodes forgets codes that nobody has used in time.
func (s *Server) sweepPhoneCodes(ctx context.Context, at time.Time) error {
	var old []books.PhoneCode
	err := s.view(ctx, func(r books.Reader) (err error) {
		old, err = r.OldPhoneCodes(at, sweptKeys)
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return s.update(ctx, func(tx books.Tx) error {
		for _, c := range old {
			if err := tx.DropPhoneCode(c.Hash); err != nil {
				return err
			}
		}
		return nil
	})
}

// Bounds of wrong codes of one address.
const (
	callerGuesses = 5
	callerWindow  = time.Hour
)

// callerLimiter bounds how often an address may type a code that leads nowhere: after five of them none is looked at
// for an hour. Wider networks have a wider share, as everywhere ([ledger.NetworksOf]). It is memory only.
type callerLimiter struct {
	mu   sync.Mutex
	seen map[netip.Prefix]guesses
	tidy time.Time
}

// guesses are the wrong codes of a network.
type guesses struct {
	count int
	last  time.Time
}

// over tells whether the guesses have been forgotten.
func (g guesses) over(now time.Time) bool {
	return now.Sub(g.last) >= callerWindow || g.last.Sub(now) > callerWindow // or the clock was ahead
}

func (l *callerLimiter) allow(from netip.Addr, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range ledger.NetworksOf(from) {
		g := l.seen[w.Prefix]
		if !g.over(now) && g.count >= callerGuesses*w.Shares {
			no := ledger.Refuse(ledger.ErrRate, "Wait an hour, or ask for help by phone.", "Too many wrong codes.")
			no.Retry = g.last.Add(callerWindow).Sub(now)
			return no
		}
	}
	return nil
}

func (l *callerLimiter) wrong(from netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[netip.Prefix]guesses{}
	}
	if now.Sub(l.tidy) >= callerWindow || now.Before(l.tidy) {
		for p, g := range l.seen {
			if g.over(now) {
				delete(l.seen, p)
			}
		}
		l.tidy = now
	}
	for _, w := range ledger.NetworksOf(from) {
		g := l.seen[w.Prefix]
		if g.over(now) {
			g.count = 0
		}
		l.seen[w.Prefix] = guesses{g.count + 1, now}
	}
}
