package server

import (
	"context"
	"encoding/json"
	"time"

	"tuppence/server/books"
)

// answerPurpose binds the sealed form of a stored answer to its use.
const answerPurpose = "answer"

// perhaps carries out a request of a vendor in one transaction: once if it has an idempotency key, and as often as it
// comes without one. It is for requests that move no money; those that do need a key, see [Server.idempotent].
func (v *Seller) perhaps(
	ctx context.Context, q Request, at time.Time, do func(books.Tx) (kind string, ref []byte, err error),
) (ref []byte, replayed bool, err error) {
	if q.Key != "" {
		return v.s.idempotent(ctx, v.request(q, at), do)
	}
	return nil, false, v.s.update(ctx, func(tx books.Tx) error {
		_, _, err := do(tx)
		return err
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
