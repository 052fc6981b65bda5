package server

import (
	"context"
	"crypto/sha256"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
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

// fingerprint is the hash of what a request asks for; parts are length-prefixed, so that they cannot run together.
func fingerprint(parts ...string) [32]byte {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		for i, l := 0, len(p); i < 8; i, l = i+1, l>>8 {
			n[i] = byte(l)
		}
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return [32]byte(h.Sum(nil))
}

// once runs fn in one transaction unless the key has been used: then it answers the reference that was stored with the
// first outcome, in the same commit. A refusal stores nothing, so the same key decides anew later.
//
// fn answers the kind and reference from which the caller can render the same answer again. It may run more than once.
func (s *Server) once(ctx context.Context, q request, fn func(books.Tx) (kind string, ref []byte, err error)) (ref []byte, replayed bool, err error) {
	switch {
	case q.Key == "":
		return nil, false, ledger.RefuseKeyMissing()
	case len(q.Key) > maxKey:
		return nil, false, ledger.Invalid("Idempotency-Key", "Use at most 255 characters.", "The idempotency key is too long.")
	}
	replay := func(r books.Remembered) error {
		if r.Fingerprint != q.Fingerprint {
			return ledger.RefuseKeyReused()
		}
		ref, replayed = append([]byte(nil), r.Ref...), true
		return nil
	}
	// Months that are over never change: looking there outside the writer keeps its queue short.
	err = s.view(ctx, func(r books.Reader) error {
		old, found, err := r.RecallOld(q.Owner, q.Key, q.At)
		if err != nil || !found {
			return err
		}
		return replay(old)
	})
	if err != nil || replayed {
		return ref, replayed, err
	}
	err = s.update(ctx, func(tx books.Tx) error {
		ref, replayed = nil, false
		if had, found, err := tx.RecallNew(q.Owner, q.Key, q.At); err != nil {
			return err
		} else if found {
			return replay(had)
		}
		kind, made, err := fn(tx)
		if err != nil {
			return err
		}
		ref = made
		return tx.Remember(q.Owner, q.Key, books.Remembered{Fingerprint: q.Fingerprint, Kind: kind, Ref: ref, At: q.At})
	})
	if err != nil {
		return nil, false, err
	}
	return ref, replayed, nil
}
