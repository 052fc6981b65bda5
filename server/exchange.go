package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// kindExchange is what an idempotency key remembers of an exchange: its first entry.
const kindExchange = "exchange"

// Rates lists the rates that were loaded last, with their day and age. Everyone may see them.
func (s *Server) Rates(ctx context.Context, who view.Caller) (all []view.Rate, err error) {
	at := s.clock()
	err = s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) error {
		p, err := policy(r)
		if err != nil {
			return err
		}
		had, _, err := r.Rates()
		all = view.RatesOf(had, p, at)
		return err
	})
	return all, err
}

// LoadRates makes the rates of a file those of the service: see [ledger.ReadRates] and [ledger.DecideRates]. It refuses
// with ErrNotAllowed a caller who is no operator, before it reads the file.
func (s *Server) LoadRates(ctx context.Context, who view.Caller, file []byte) (v view.RatesLoaded, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(books.Reader, ledger.Staff) error { return nil })
	if err != nil {
		return v, err
	}
	next, skipped, err := ledger.ReadRates(file)
	if err != nil {
		return v, err
	}
	at := s.clock()
	var again bool
	err = s.updateStaff(ctx, who, operatorOnly, "rates load", func(tx books.Tx, st ledger.Staff) error {
		had, _, err := tx.Rates()
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		out, err := ledger.DecideRates(next, had, staffActor(st), no, at)
		if again = out.Again; err != nil || again {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		return tx.PutRates(out.Rates)
	})
	if err != nil {
		return v, err
	}
	return view.RatesLoaded{
		Day: next.Day.Format(time.DateOnly), Rates: len(next.List), Skipped: skipped, Again: again,
	}, nil
}

// quote is the terms of an exchange that hold for a while, as they are signed.
type quote struct {
	user    ledger.UserID
	x       ledger.Exchange
	get     bool // what is got was asked for
	expires time.Time
}

// bytes are the terms as they are signed.
func (q quote) bytes() []byte {
	b := []byte(q.x.Pay.Currency + q.x.Get.Currency)
	if q.get {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, n := range []uint64{
		uint64(q.user), uint64(q.x.Pay.Micros), uint64(q.x.Get.Micros), uint64(q.x.Spread), uint64(q.x.Rates),
		uint64(q.expires.UnixMicro()),
	} {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// readQuote is the reverse of bytes. The signature was checked, so what does not fit is of another program.
func readQuote(b []byte) (q quote, ok bool) {
	if len(b) < 7 {
		return q, false
	}
	q.x.Pay.Currency, q.x.Get.Currency, q.get = ledger.Currency(b[:3]), ledger.Currency(b[3:6]), b[6] == 1
	var n [6]uint64
	r := bytes.NewReader(b[7:])
	for i := range n {
		var err error
		if n[i], err = binary.ReadUvarint(r); err != nil {
			return q, false
		}
	}
	q.user, q.x.Pay.Micros, q.x.Get.Micros = ledger.UserID(n[0]), int64(n[1]), int64(n[2])
	q.x.Spread, q.x.Rates, q.expires = uint32(n[3]), ledger.EntryNo(n[4]), time.UnixMicro(int64(n[5])).UTC()
	return q, r.Len() == 0
}

// QuoteExchange says what an exchange would be now, and what to name so that it holds for [ledger.QuoteLife]. Nothing
// is stored. It refuses what [Server.Exchange] would, but for a closed window: to look is no act.
func (s *Server) QuoteExchange(
	ctx context.Context, who view.Caller, q view.ExchangeRequest,
) (v view.Exchange, err error) {
	at := s.clock()
	q.Quote = "" // a new one is asked for
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		f, err := exchangeFacts(r, u, q.Order())
		if err != nil {
			return err
		}
		x, err := s.terms(r, &f, q, at)
		if err != nil {
			return err
		}
		f.User.WindowUntil = at.Add(time.Second)
		if _, err := ledger.DecideExchange(x, memberActor(who), f, at); err != nil {
			return err
		}
		signed := quote{u.ID, x, q.Get, at.Add(ledger.QuoteLife)}
		if v, err = view.ExchangeOf(x, f.Rates); err != nil {
			return err
		}
		v.Quote, err = s.seal.Quote(signed.bytes())
		v.Until = view.At(signed.expires)
		return err
	})
	return v, err
}

// exchangeFacts loads what a decision about an exchange needs, at the newest rates.
func exchangeFacts(r books.Reader, u ledger.User, o ledger.ExchangeOrder) (f ledger.ExchangeFacts, err error) {
	f.User = u
	if f.Policy, err = policy(r); err != nil {
		return f, err
	}
	if f.Rates, _, err = r.Rates(); err != nil {
		return f, err
	}
	f.Wallet, err = walletOrNew(r, u.ID, o.Pays(), f.Policy)
	return f, err
}

// Exchange changes tokens of one account into those of another of the same wallet, at the terms of a quote or at those
// of now. A quote is good once: named again, it returns what it has become, as an idempotency key does.
//
// It refuses with ErrTermsChanged a quote that has ended and another price than the expected one, with ErrInvalid a
// quote of another wallet or for another exchange, and what [ledger.DecideQuote] and [ledger.DecideExchange] refuse.
func (s *Server) Exchange(ctx context.Context, who view.Caller, q view.ExchangeRequest) (v view.Exchange, err error) {
	at := s.clock()
	q.Quote = strings.TrimSpace(q.Quote)
	if q.Quote != "" {
		sum := sha256.Sum256([]byte(q.Quote))
		q.Key = "quote " + hex.EncodeToString(sum[:16])
	}
	side := "pay"
	if q.Get {
		side = "get"
	}
	what := fingerprint("exchange", side, strconv.FormatInt(q.Amount.Micros, 10), string(q.Amount.Currency),
		string(q.Other))
	u, ref, replayed, err := s.onceMember(ctx, who, q.Key, what, at,
		func(tx books.Tx, u ledger.User) (string, []byte, error) {
			no, err := s.exchange(tx, who, u, q, at)
			return kindExchange, entryRef(no), err
		})
	if err != nil {
		return v, err
	}
	if !replayed {
		s.notifier.wake(topicUser(u.ID))
	}
	err = s.view(ctx, func(r books.Reader) (err error) {
		v, err = s.exchanged(r, u, refEntry(ref))
		return err
	})
	return v, err
}

// exchange is an exchange inside its transaction. It returns the first of its two entries.
func (s *Server) exchange(
	tx books.Tx, who view.Caller, u ledger.User, q view.ExchangeRequest, at time.Time,
) (no ledger.EntryNo, err error) {
	f, err := exchangeFacts(tx.Reader, u, q.Order())
	if err != nil {
		return 0, err
	}
	x, err := s.terms(tx.Reader, &f, q, at)
	if err != nil {
		return 0, err
	}
	if f.No, err = tx.Next(); err != nil {
		return 0, err
	}
	out, err := ledger.DecideExchange(x, memberActor(who), f, at)
	if err != nil {
		return 0, err
	}
	if _, err := ensureWallet(tx, u, x.Get.Currency, f.Policy); err != nil {
		return 0, err
	}
	for _, e := range []ledger.Entry{out.Out, out.In} {
		if _, err := tx.Append(e); err != nil {
			return 0, err
		}
	}
	return out.Out.No, nil
}

// terms are those of the quote that a request names, with the rates that it was made of, or those of now.
func (s *Server) terms(
	r books.Reader, f *ledger.ExchangeFacts, q view.ExchangeRequest, at time.Time,
) (x ledger.Exchange, err error) {
	if q.Quote == "" {
		x, err = ledger.DecideQuote(q.Order(), f.Rates, f.Policy, at)
	} else {
		x, err = s.quoted(r, f, q, at)
	}
	if err != nil || q.Expect == nil {
		return x, err
	}
	other := x.Get
	if q.Get {
		other = x.Pay
	}
	if q.Expect.Micros != other.Micros || q.Expect.Currency != "" && q.Expect.Currency != other.Currency {
		return x, ledger.RefuseExpected(q.Order(), x)
	}
	return x, nil
}

// quoted opens a quote. Newer rates may have been loaded since, so those that it was made of are read from the journal.
func (s *Server) quoted(
	r books.Reader, f *ledger.ExchangeFacts, q view.ExchangeRequest, at time.Time,
) (ledger.Exchange, error) {
	signed, err := s.seal.OpenQuote(q.Quote)
	if err != nil {
		return ledger.Exchange{}, ledger.RefuseQuote()
	}
	had, ok := readQuote(signed)
	given, other := had.x.Pay, had.x.Get
	if had.get {
		given, other = other, given
	}
	if !ok || had.user != f.User.ID || had.get != q.Get || given != q.Amount || other.Currency != q.Other {
		return ledger.Exchange{}, ledger.RefuseQuote()
	}
	if !at.Before(had.expires) {
		return ledger.Exchange{}, ledger.RefuseQuoteOver()
	}
	loaded, found, err := r.Entry(had.x.Rates)
	switch {
	case err != nil:
		return ledger.Exchange{}, err
	case !found || loaded.Rates == nil:
		return ledger.Exchange{}, ledger.RefuseQuote()
	}
	f.Rates = *loaded.Rates
	return had.x, nil
}

// exchanged shows an exchange to its wallet, with what can be spent of both currencies now.
func (s *Server) exchanged(r books.Reader, u ledger.User, no ledger.EntryNo) (v view.Exchange, err error) {
	rec, found, err := r.Entry(no)
	if err != nil || !found || rec.Exchange == nil {
		return v, orMissing(err)
	}
	if v, err = s.history.Exchange(r, rec.Entry); err != nil {
		return v, err
	}
	for _, c := range []ledger.Currency{v.Pay.Currency, v.Get.Currency} {
		w, _, err := r.Wallet(u.ID, c)
		if err != nil {
			return v, err
		}
		v.After = append(v.After, ledger.Amount{Micros: w.Paid, Currency: c})
	}
	return v, nil
}
