package server

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// kindTransfer is what an idempotency key remembers of a transfer: its entry.
const kindTransfer = "transfer"

// Transfer takes tokens out of the wallet and answers a one-time code; whoever types it has them (claim 31). The code is
// answered once: with the same idempotency key again the same transfer comes back without it.
func (s *Server) Transfer(ctx context.Context, who ledger.Caller, q ledger.TransferRequest) (v ledger.TransferView, err error) {
	u, err := s.whose(ctx, who)
	if err != nil {
		return v, err
	}
	key, err := s.key(q.Key)
	if err != nil {
		return v, err
	}
	code, err := s.seal.ClaimCode()
	if err != nil {
		return v, err
	}
	at := s.clock()
	ref, replayed, err := s.once(ctx, request{
		Owner: userOwner(u.ID), Key: key, At: at,
		Fingerprint: fingerprint("transfer", strconv.FormatInt(q.Amount.Micros, 10), string(q.Amount.Currency)),
	}, func(tx books.Tx) (string, []byte, error) {
		u, err := member(tx.Reader, who)
		if err != nil {
			return "", nil, err
		}
		f, err := transferFacts(tx, u, u.ID, q.Amount.Currency)
		if err != nil {
			return "", nil, err
		}
		if f.Sent, f.Count, err = sentLately(tx, u.ID, q.Amount.Currency, at); err != nil {
			return "", nil, err
		}
		out, err := ledger.DecideTransfer(ledger.TransferOrder{Amount: q.Amount, Code: seal.HashCode(code), Actor: acting(who)}, f, at)
		if err != nil {
			return "", nil, err
		}
		return kindTransfer, binary.BigEndian.AppendUint64(nil, uint64(out.Transfer.No)), putTransfer(tx, out)
	})
	if err != nil {
		return v, err
	}
	if !replayed {
		s.hub.wake(topicUser(u.ID))
	}
	err = s.view(ctx, func(r books.Reader) error {
		t, found, err := r.Transfer(ledger.EntryNo(binary.BigEndian.Uint64(ref)))
		if err != nil || !found {
			return orMissing(err)
		}
		v, err = s.transferView(r, u.ID, t)
		return err
	})
	if !replayed && err == nil {
		v.Code = code
	}
	return v, err
}

// transferFacts loads what a decision about a transfer needs; the wallet is the sender's.
func transferFacts(tx books.Tx, actor ledger.User, sender ledger.UserID, c ledger.Currency) (f ledger.TransferFacts, err error) {
	f.User, f.Sender = actor, actor
	if actor.ID != sender {
		if f.Sender, _, err = tx.User(sender); err != nil {
			return f, err
		}
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.Wallet, err = walletOr(tx.Reader, sender, c, f.Policy); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// sentLately adds up what somebody has sent in the last 24 hours. It looks at no older transfer, and at no more than may
// be sent in a day.
func sentLately(tx books.Tx, sender ledger.UserID, c ledger.Currency, at time.Time) (micros int64, count int, err error) {
	lately, err := tx.UserTransfers(sender, at.Add(-24*time.Hour), ledger.TransfersPerDay)
	for _, t := range lately {
		if t.From == sender && t.Amount.Currency == c && (t.State == ledger.TransferSent || t.State == ledger.TransferClaimed) {
			micros += t.Amount.Micros
		}
	}
	return micros, len(lately), err
}

func putTransfer(tx books.Tx, out ledger.TransferOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutTransfer(out.Transfer)
}

// Claim takes the tokens that a code stands for. Wrong codes are counted; claiming again what this wallet has claimed
// answers the same.
func (s *Server) Claim(ctx context.Context, who ledger.Caller, code string) (v ledger.TransferView, err error) {
	at := s.clock()
	var t ledger.Transfer
	var u ledger.User
	err = s.guarded(who, at, func() error {
		return s.update(ctx, func(tx books.Tx) (err error) {
			if u, err = member(tx.Reader, who); err != nil {
				return err
			}
			no, found, err := tx.TransferByCode(seal.HashCode(code))
			if err != nil {
				return err
			}
			if found {
				if t, found, err = tx.Transfer(no); err != nil {
					return err
				}
			}
			if !found {
				return ledger.Refuse(ledger.ErrNotFound, "Compare it with what the sender got: T and six groups.", "No transfer waits under this code.")
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
		return ledger.TransferView{}, err
	}
	s.hub.wake(topicUser(u.ID), topicUser(t.From))
	return v, nil
}

func claim(tx books.Tx, who ledger.Caller, u ledger.User, t ledger.Transfer, at time.Time) (ledger.Transfer, error) {
	f, err := transferFacts(tx, u, t.From, t.Amount.Currency)
	if err != nil {
		return t, err
	}
	f.Transfer = t
	out, err := ledger.DecideClaim(acting(who), f, at)
	if err != nil {
		return t, err
	}
	if _, err := openFor(tx, u, t.Amount.Currency, f.Policy); err != nil {
		return t, err
	}
	return out.Transfer, putTransfer(tx, out)
}

// Recall takes a transfer back that nobody has claimed.
func (s *Server) Recall(ctx context.Context, who ledger.Caller, id string) (v ledger.TransferView, err error) {
	no, err := s.seal.OpenTransfer(strings.TrimSpace(id))
	if err != nil {
		return v, missing()
	}
	at := s.clock()
	var user ledger.UserID
	err = s.update(ctx, func(tx books.Tx) error {
		u, err := member(tx.Reader, who)
		if err != nil {
			return err
		}
		user = u.ID
		t, found, err := tx.Transfer(no)
		if err != nil || !found || t.From != u.ID {
			return orMissing(err)
		}
		if t.State != ledger.TransferRecalled {
			if t, err = recall(tx, acting(who), u, t, at); err != nil {
				return err
			}
		}
		v, err = s.transferView(tx.Reader, u.ID, t)
		return err
	})
	if err != nil {
		return ledger.TransferView{}, err
	}
	s.hub.wake(topicUser(user))
	return v, nil
}

func recall(tx books.Tx, actor ledger.Actor, sender ledger.User, t ledger.Transfer, at time.Time) (ledger.Transfer, error) {
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

// Transfers lists what the wallet has sent and received, newest first.
func (s *Server) Transfers(ctx context.Context, who ledger.Caller) (all []ledger.TransferView, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		all = nil
		u, err := member(r, who)
		if err != nil {
			return err
		}
		list, err := r.UserTransfers(u.ID, time.Time{}, maxRows)
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

// transferView draws a transfer for one of its sides; After is what that side can spend now.
func (s *Server) transferView(r books.Reader, u ledger.UserID, t ledger.Transfer) (ledger.TransferView, error) {
	v := ledger.TransferView{ID: s.seal.Transfer(t.No), Amount: t.Amount, State: t.State, Created: t.Created, Expires: t.Expires}
	w, found, err := r.Wallet(u, t.Amount.Currency)
	if found {
		v.After = ledger.Amount{Micros: w.Paid, Currency: w.Currency}
	}
	return v, err
}

// sweepTransfers gives back what nobody has claimed in time.
func (s *Server) sweepTransfers(ctx context.Context, now time.Time) error {
	var over []ledger.Transfer
	err := s.view(ctx, func(r books.Reader) error {
		over = nil
		open, err := r.OpenTransfers(maxOpen)
		for _, t := range open {
			if !now.Before(t.Expires) {
				over = append(over, t)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range over {
		err := s.update(ctx, func(tx books.Tx) error {
			t, found, err := tx.Transfer(t.No)
			if err != nil || !found || t.State != ledger.TransferSent {
				return err // claimed or recalled meanwhile
			}
			sender, _, err := tx.User(t.From)
			if err != nil {
				return err
			}
			_, err = recall(tx, theHouse, sender, t, now)
			return err
		})
		if failed = append(failed, err); err == nil {
			s.hub.wake(topicUser(t.From))
		}
	}
	return errors.Join(failed...)
}
