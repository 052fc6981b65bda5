package server

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// request is one idempotent request: whose it is, its key, and what it asked for.
type request struct {
	Owner       string // "v/12", "u/7"
	Key         string
	Fingerprint [32]byte
	At          time.Time
}

// maxKey bounds an idempotency key, in characters.
const maxKey = 255

// keyRetention is for how long at least a key is remembered. The API promises that a late repetition does nothing
// twice. The latest ones are those of vendors who close their books once a year and send again what they
// cannot find confirmed: a year, and a month for doing so.
const keyRetention = 400 * 24 * time.Hour

// fingerprint is the hash of what a request asks for; parts are length-prefixed, so that they cannot run together.
func fingerprint(parts ...string) [32]byte {
	b := make([]byte, 0, 256)
	for _, p := range parts {
		b = append(binary.LittleEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return sha256.Sum256(b)
}

// checkKey refuses what is no idempotency key of a vendor.
func checkKey(key string) error {
	switch {
	case key == "":
		return ledger.RefuseKeyMissing()
	case len(key) > maxKey:
		return ledger.Invalid(
			"Idempotency-Key", "Use at most 255 characters.", "The idempotency key is too long.",
		)
	}
	return nil
}

// idempotent runs fn in one transaction unless the key has been used: then it returns the reference that was stored
// with the first outcome, in the same commit. A refusal stores nothing, so the same key decides anew later; nor does fn
// without a reference: what it has written stands, but the request is still undecided.
//
// fn returns the kind and reference from which the caller can render the same answer again. It may run more than once.
func (s *Server) idempotent(ctx context.Context, q request, fn func(books.Tx) (kind string, ref []byte, err error),
) (ref []byte, replayed bool, err error) {
	if err := checkKey(q.Key); err != nil {
		return nil, false, err
	}
	err = s.update(ctx, func(tx books.Tx) error {
		ref, replayed = nil, false
		had, found, err := tx.Idempotency(q.Owner, q.Key)
		switch {
		case err != nil:
			return err
		case found && had.Fingerprint != q.Fingerprint:
			return ledger.RefuseKeyReused()
		case found:
			ref, replayed = had.Ref, true
			return nil
		}
		kind, made, err := fn(tx)
		if err != nil || made == nil {
			return err
		}
		ref = made
		return tx.PutIdempotency(
			q.Owner, q.Key, books.IdempotencyRecord{Fingerprint: q.Fingerprint, Kind: kind, Ref: made, At: q.At},
		)
	})
	if err != nil {
		return nil, false, err
	}
	return ref, replayed, nil
}

// sweptKeys is how many records one run of the sweep looks at: 17 million a day, so it keeps up with 200 new
// keys a second by day and by night, and takes about two milliseconds of a core.
const sweptKeys = 1000

// forgottenKeys bounds how many of them one transaction deletes: the writer has purchases waiting.
const forgottenKeys = 100

// sweepKeys forgets idempotency keys older than keyRetention. Each turn goes on where the last one ended, and a start
// begins anywhere, so that no part of the table is left out when starts are frequent. It needs no index by age.
func (s *Server) sweepKeys(ctx context.Context, at time.Time) error {
	if s.keysFrom == nil {
		s.keysFrom = books.IdempotencyFrom(rand.Uint64()) //nolint:gosec // anywhere will do
	}
	before := at.Add(-keyRetention)
	var old [][]byte
	var next []byte
	err := s.view(ctx, func(r books.Reader) (err error) {
		old, next, err = r.OldIdempotency(s.keysFrom, before, sweptKeys)
		return err
	})
	if err != nil {
		return err
	}
	for len(old) > 0 {
		some := old[:min(len(old), forgottenKeys)]
		if err := s.update(ctx, func(tx books.Tx) error { return tx.ForgetIdempotency(some, before) }); err != nil {
			return err
		}
		old = old[len(some):]
	}
	if s.keysFrom = next; next == nil {
		s.keysFrom = books.IdempotencyFrom(0)
	}
	return nil
}

// answerPurpose binds the sealed form of a stored answer to its use.
const answerPurpose = "answer"

// perhaps carries out a request of a vendor in one transaction: once if it has an idempotency key, and as often as it
// comes without one. It is for requests that move no money; those that do need a key, see [Server.idempotent].
func (v *Seller) perhaps(
	ctx context.Context, q Request, at time.Time, do func(books.Tx) (kind string, ref []byte, err error),
) (ref []byte, replayed bool, err error) {
	if q.Key != "" {
		return v.idempotent(ctx, q, at, do)
	}
	return nil, false, v.update(ctx, func(tx books.Tx) error {
		_, _, err := do(tx)
		return err
	})
}

// idempotent is [Server.idempotent] for a request of the vendor, see [Seller.acted].
func (v *Seller) idempotent(
	ctx context.Context, q Request, at time.Time, do func(books.Tx) (kind string, ref []byte, err error),
) (ref []byte, replayed bool, err error) {
	return v.s.idempotent(ctx, v.request(q, at), v.acted(do))
}

// update is one transaction of the vendor, see [Seller.acted].
func (v *Seller) update(ctx context.Context, do func(books.Tx) error) error {
	return v.s.update(ctx, func(tx books.Tx) error {
		_, _, err := v.acted(func(tx books.Tx) (string, []byte, error) { return "", nil, do(tx) })(tx)
		return err
	})
}

// updateAsPart is update for a part of an act: the line of a member of a team is written with its end.
func (v *Seller) updateAsPart(ctx context.Context, do func(books.Tx) error) error {
	if v.by == nil {
		return v.update(ctx, do)
	}
	return v.s.update(ctx, func(tx books.Tx) error {
		m, _, err := requireTeam(tx.Reader, v.by.who, v.by.act)
		switch {
		case err != nil:
			return err
		case m.Vendor != v.ID:
			return ledger.RefuseNoTeam()
		}
		return do(tx)
	})
}

// once is perhaps for a request whose answer cannot be made again from the books: a repetition gets the stored answer
// of the first time, to the letter. It is stored sealed, in the commit of what it tells, since it may have a secret.
func once[T any](
	ctx context.Context, v *Seller, q Request, kind string, do func(books.Tx) (T, error),
) (out T, replayed bool, err error) {
	ref, replayed, err := v.perhaps(ctx, q, v.s.clock(), func(tx books.Tx) (string, []byte, error) {
		var err error
		if out, err = do(tx); err != nil || q.Key == "" {
			return kind, nil, err
		}
		told, err := json.Marshal(out)
		if err != nil {
			return kind, nil, err
		}
		sealed, err := v.s.seal.Seal(told, answerPurpose)
		return kind, sealed, err
	})
	if err != nil || !replayed {
		return out, false, err
	}
	told, err := v.s.seal.Open(ref, answerPurpose)
	if err == nil {
		err = json.Unmarshal(told, &out)
	}
	return out, true, err
}

// onceStaff does an act of staff in their transaction: once if they have named an idempotency key, so that a line that
// is typed again after a lost connection gives nothing twice. A repetition gets the first answer; the same key with
// another act is refused. asked is all that the act is asked for.
func onceStaff[T any](
	s *Server, tx books.Tx, who view.Caller, at time.Time, asked []string, do func() (T, error),
) (out T, err error) {
	if who.Once == "" {
		return do()
	}
	if len(who.Once) > maxKey {
		return out, ledger.Invalid("key", "Use at most 255 characters.", "The idempotency key is too long.")
	}
	owner, print := "s/"+who.Fingerprint, fingerprint(asked...)
	had, found, err := tx.Idempotency(owner, who.Once)
	switch {
	case err != nil:
		return out, err
	case found && had.Fingerprint != print:
		return out, ledger.RefuseKeyReused()
	case found:
		told, err := s.seal.Open(had.Ref, answerPurpose)
		if err != nil {
			return out, err
		}
		return out, json.Unmarshal(told, &out)
	}
	if out, err = do(); err != nil {
		return out, err
	}
	told, err := json.Marshal(out)
	if err != nil {
		return out, err
	}
	sealed, err := s.seal.Seal(told, answerPurpose)
	if err != nil {
		return out, err
	}
	return out, tx.PutIdempotency(
		owner, who.Once, books.IdempotencyRecord{Fingerprint: print, Kind: "staff act", Ref: sealed, At: at},
	)
}
