package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// kindTransfer is what an idempotency key remembers of a transfer: its entry.
const kindTransfer = "transfer"

// Transfer takes tokens out of the wallet and returns a one-time code; the user who types it has them (claim 31). The
// code is shown once: with the same idempotency key again the same transfer comes back without it.
//
// It refuses with ErrFunds, with ErrLimit what is more than may be sent in a day, with ErrNotAllowed shortly after a
// recovery, and with ErrInvalid an amount out of bounds.
func (s *Server) Transfer(ctx context.Context, who view.Caller, q view.TransferRequest) (v view.Transfer, err error) {
	// Made before the transaction, which may run more than once: the code that is shown is the one that was stored.
	code, err := s.seal.ClaimCode()
	if err != nil {
		return v, err
	}
	at := s.clock()
	what := fingerprint("transfer", strconv.FormatInt(q.Amount.Micros, 10), string(q.Amount.Currency))
	u, ref, replayed, err := s.onceMember(ctx, who, q.Key, what, at,
		func(tx books.Tx, u ledger.User) (string, []byte, error) {
			t, err := transfer(tx, u, ledger.TransferOrder{
				Amount: q.Amount, Code: seal.HashCode(code), Hint: seal.ClaimHint(code), Actor: memberActor(who),
			}, at)
			return kindTransfer, entryRef(t.No), err
		})
	if err != nil {
		return v, err
	}
	if !replayed {
		s.notifier.wake(topicUser(u.ID))
	}
	err = s.view(ctx, func(r books.Reader) error {
		t, found, err := r.Transfer(refEntry(ref))
		if err != nil || !found {
			return orMissing(err)
		}
		v, err = s.transferView(r, u.ID, t)
		return err
	})
	if !replayed && err == nil { // the books have the hash only, so a repetition cannot show it
		v.Code = code
	}
	return v, err
}

// transfer is a transfer inside its transaction. The code is stored as a hash: the books cannot claim.
func transfer(tx books.Tx, u ledger.User, o ledger.TransferOrder, at time.Time) (t ledger.Transfer, err error) {
	f, err := transferFacts(tx, u, u.ID, o.Amount.Currency)
	if err != nil {
		return t, err
	}
	if f.Sent, f.Count, err = sentLately(tx, u.ID, o.Amount.Currency, at); err != nil {
		return t, err
	}
	out, err := ledger.DecideTransfer(o, f, at)
	if err != nil {
		return t, err
	}
	return out.Transfer, putTransfer(tx, out)
}

// transferFacts loads what a decision about a transfer needs; the wallet is the sender's.
func transferFacts(
	tx books.Tx, actor ledger.User, sender ledger.UserID, c ledger.Currency,
) (f ledger.TransferFacts, err error) {
	// Who acts may be the sender, the receiver, or the timer, which acts as the sender.
	f.User, f.Sender = actor, actor
	if actor.ID != sender {
		if f.Sender, _, err = tx.User(sender); err != nil {
			return f, err
		}
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.Wallet, err = walletOrNew(tx.Reader, actor.ID, c, f.Policy); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// sentLately adds up what a user has sent in the last 24 hours. It looks at no older transfer, and at no more than may
// be sent in a day.
func sentLately(
	tx books.Tx, sender ledger.UserID, c ledger.Currency, at time.Time,
) (micros int64, count int, err error) {
	// What was recalled or has expired has come back, so it does not count towards the sum of the day.
	lately, err := tx.UserTransfers(sender, at.Add(-24*time.Hour), ledger.TransfersPerDay)
	for _, t := range lately {
		if !ledger.Happened(t.Created, at) {
			continue
		}
		count++
		counts := t.State == ledger.TransferSent || t.State == ledger.TransferClaimed
		if counts && t.From == sender && t.Amount.Currency == c {
			micros += t.Amount.Micros
		}
	}
	return micros, count, err
}

// putTransfer writes a step of a transfer: the entry moves the money, the record says where the transfer stands.
func putTransfer(tx books.Tx, out ledger.TransferOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutTransfer(out.Transfer)
}

// Claim takes the tokens that a code stands for. Wrong codes are counted; claiming again what this wallet has claimed
// returns the same. It refuses with ErrNotFound an unknown code, with ErrRate a caller who has typed too many, and with
// ErrState a transfer that another wallet has claimed or its sender has taken back.
func (s *Server) Claim(ctx context.Context, who view.Caller, code string) (v view.Transfer, err error) {
	at := s.clock()
	var t ledger.Transfer
	var u ledger.User
	err = s.countWrongCodes(who, longCode, at, func() error {
		return s.updateMember(ctx, who, func(tx books.Tx, me ledger.User) (err error) {
			u = me
			if t, err = transferByCode(tx.Reader, code); err != nil {
				return err
			}
			if t.State != ledger.TransferClaimed || t.To != u.ID {
				if t, err = claim(tx, who, u, t, at); err != nil {
					return err
				}
			}
			v, err = s.transferView(tx.Reader, u.ID, t)
			return err
		})
	})
	if err != nil {
		return view.Transfer{}, err
	}
	s.notifier.wake(topicUser(u.ID), topicUser(t.From))
	return v, nil
}

// transferByCode returns the transfer that a claim code stands for.
func transferByCode(r books.Reader, code string) (t ledger.Transfer, err error) {
	no, found, err := r.TransferByCode(seal.HashCode(code))
	if err == nil && found {
		t, found, err = r.Transfer(no)
	}
	if err == nil && !found {
		err = ledger.Refuse(
			ledger.ErrNotFound, "Compare it with what the sender got: T and six groups.",
			"No transfer waits under this code.",
		)
	}
	return t, err
}

// claim moves the tokens to the claiming wallet, which is opened if it is the first money in its currency.
func claim(tx books.Tx, who view.Caller, u ledger.User, t ledger.Transfer, at time.Time) (ledger.Transfer, error) {
	f, err := transferFacts(tx, u, t.From, t.Amount.Currency)
	if err != nil {
		return t, err
	}
	f.Transfer = t
	out, err := ledger.DecideClaim(memberActor(who), f, at)
	if err != nil {
		return t, err
	}
	if _, err := ensureWallet(tx, u, t.Amount.Currency, f.Policy); err != nil {
		return t, err
	}
	return out.Transfer, putTransfer(tx, out)
}

// Recall takes a transfer back that has not been claimed. Taking it back twice returns the same. It refuses with
// ErrNotFound the transfer of another sender, and with ErrState a claimed one.
func (s *Server) Recall(ctx context.Context, who view.Caller, id string) (v view.Transfer, err error) {
	no, err := s.seal.OpenTransfer(strings.TrimSpace(id))
	if err != nil {
		return v, orMissing(nil)
	}
	at := s.clock()
	var user ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) (err error) {
		user = u.ID
		t, found, err := tx.Transfer(no)
		if err != nil || !found || t.From != u.ID {
			return orMissing(err)
		}
		if t.State != ledger.TransferRecalled {
			if t, err = recall(tx, memberActor(who), u, t, at); err != nil {
				return err
			}
		}
		v, err = s.transferView(tx.Reader, u.ID, t)
		return err
	})
	if err != nil {
		return view.Transfer{}, err
	}
	s.notifier.wake(topicUser(user))
	return v, nil
}

// recall moves the tokens back to their sender, who acts, or whose transfer has expired.
func recall(
	tx books.Tx, actor ledger.Actor, sender ledger.User, t ledger.Transfer, at time.Time,
) (ledger.Transfer, error) {
	f, err := transferFacts(tx, sender, sender.ID, t.Amount.Currency)
	if err != nil {
		return t, err
	}
	f.Transfer = t
	out, err := ledger.DecideRecall(actor, f, at)
	if err != nil {
		return t, err
	}
	return out.Transfer, putTransfer(tx, out)
}

// Transfers lists what the wallet has sent and received, newest first. The claim code is not among it: it was shown
// once.
func (s *Server) Transfers(ctx context.Context, who view.Caller) (all []view.Transfer, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		all = nil
		list, err := r.UserTransfers(u.ID, time.Time{}, view.MaxRows)
		if err != nil {
			return err
		}
		for _, t := range list {
			v, err := s.transferView(r, u.ID, t)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all, err
}

// transferView shows a transfer for one of its sides; After is what that side can spend now.
func (s *Server) transferView(r books.Reader, u ledger.UserID, t ledger.Transfer) (view.Transfer, error) {
	// Neither side is named to the other: who sends and who receives is known by the code alone (claim 31).
	v := view.Transfer{
		ID: s.seal.Transfer(t.No), Amount: t.Amount, State: view.State(t.State),
		Created: view.At(t.Created), Expires: view.At(t.Expires),
	}
	w, found, err := r.Wallet(u, t.Amount.Currency)
	if found {
		v.After = &ledger.Amount{Micros: w.Paid, Currency: w.Currency}
	}
	return v, err
}

// sweepTransfers gives back what was not claimed in time.
func (s *Server) sweepTransfers(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Transfer, limit int) ([]ledger.Transfer, error) {
		return r.DueTransfers(now, behind, limit)
	}, func(due ledger.Transfer) error {
		err := s.update(ctx, func(tx books.Tx) error {
			t, found, err := tx.Transfer(due.No)
			if err != nil || !found || t.State != ledger.TransferSent {
				return err // claimed or recalled meanwhile
			}
			sender, _, err := tx.User(t.From)
			if err != nil {
				return err
			}
			_, err = recall(tx, systemActor, sender, t, now)
			return err
		})
		if err == nil {
			s.notifier.wake(topicUser(due.From))
		}
		return err
	})
}
