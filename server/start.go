package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/store"
)

// mark is a row that says what the store belongs to. A store with another value is refused: opened by the wrong program
// it would look whole, and what was written then could not be told from what was there.
type mark struct {
	name   string
	want   []byte
	refuse func(had []byte) error
}

// marks are what this program expects of its store. Each refusal says what to do: they are read by an operator whose
// service does not start.
func (s *Server) marks() []mark {
	kind := "serve"
	if s.house.Simulated {
		kind = "demo"
	}
	check := s.seal.Check()
	return []mark{
		{"kind", []byte(kind), func(had []byte) error {
			return fmt.Errorf("this store belongs to %q and cannot be opened by %q: real and simulated money never mix; "+
				"choose another --data directory", had, kind)
		}},
		{"secret", check[:], func([]byte) error {
			return errors.New("the master secret is not the one that this store was made with: " +
				"put the right file at DIR/secret")
		}},
	}
}

// begin compares the store with what this service is, and writes what the first start has to write. A later start
// writes nothing, so it also succeeds where only reading is possible.
func (s *Server) begin(ctx context.Context, o Options) error {
	first := false
	err := s.view(ctx, func(r books.Reader) (err error) {
		if first, err = checkMarks(r, s.marks()); err != nil || first || o.Operator == "" {
			return err
		}
		had, found, err := r.Staff(o.Operator)
		if first = !found; found && o.OperatorNamed && (!had.Ended.IsZero() || had.Role != ledger.RoleOperator) {
			return fmt.Errorf("the key %s is the operator's no more: name another one, "+
				"or let an operator add it again with staff add", o.Operator)
		}
		return err
	})
	if err == nil { // and not before: the books of another service, or under another secret, stay as they are
		err = s.upgrade(ctx)
	}
	if err != nil || !first {
		return err
	}
	// All of it in one commit: a first start that is cut short was none.
	at := s.clock()
	return s.update(ctx, func(tx books.Tx) error {
		for _, m := range append(s.marks(), mark{name: books.FormatName, want: []byte(books.Format)}) {
			if err := tx.PutMeta(m.name, m.want); err != nil {
				return err
			}
		}
		if err := firstPolicy(tx, at); err != nil {
			return err
		}
		return firstOperator(tx, at, o.Operator, o.OperatorName)
	})
}

// upgrade brings the books up to the format of this program. Where nothing can be written the start fails: room may
// come back at any time, and a key that stands where the earlier program put it would then be taken for a new one.
func (s *Server) upgrade(ctx context.Context) error {
	err := books.Upgrade(ctx, s.store, books.UpgradeOptions{Progress: s.upgrading()})
	if errors.Is(err, store.ErrReadOnly) {
		return fmt.Errorf("the books have to be brought up to the format of this program: make room on the disk: %w", err)
	}
	return err
}

// upgrading tells the log how far an upgrade of the books is: at its end, and every few seconds until then.
func (s *Server) upgrading() func(done, all uint64) {
	const every = 5 * time.Second
	var told time.Time
	return func(done, all uint64) {
		if at := s.now(); done == all || at.Sub(told) >= every {
			told = at
			s.log.Info("the books are brought up to the format of this program", "rows", done, "of", all)
		}
	}
}

// checkMarks compares the store with the marks; missing tells that one is not there yet.
func checkMarks(r books.Reader, all []mark) (missing bool, err error) {
	no, _, err := r.Head()
	if err != nil {
		return false, err
	}
	for _, m := range all {
		had, found, err := r.Meta(m.name)
		switch {
		case err != nil:
			return false, err
		case found && !bytes.Equal(had, m.want):
			return false, m.refuse(had)
		case !found && no > 0: // written before there was such a row
			return false, m.refuse(nil)
		}
		missing = missing || !found
	}
	return missing, nil
}

// firstPolicy writes the policy of a new store. A policy that is there stays as it is.
func firstPolicy(tx books.Tx, at time.Time) error {
	if _, found, err := tx.Policy(); err != nil || found {
		return err
	}
	if err := tx.PutPolicy(ledger.DefaultPolicy()); err != nil {
		return err
	}
	_, err := tx.Append(ledger.Entry{
		At: at, Kind: ledger.KindPolicy, Actor: systemActor, Change: &ledger.Change{Name: "policy", New: "first start"},
	})
	return err
}

// firstOperator makes the key an operator if nothing was ever decided about it: a role that was taken away stays away.
func firstOperator(tx books.Tx, at time.Time, fingerprint, name string) error {
	if fingerprint == "" {
		return nil
	}
	if _, found, err := tx.Staff(fingerprint); err != nil || found {
		return err
	}
	err := tx.PutStaff(ledger.Staff{Fingerprint: fingerprint, Name: name, Role: ledger.RoleOperator, Added: at})
	if err != nil {
		return err
	}
	_, err = tx.Append(ledger.Entry{
		At: at, Kind: ledger.KindStaff, Actor: systemActor, Change: &ledger.Change{Name: "operator", New: fingerprint},
	})
	return err
}
