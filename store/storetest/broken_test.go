package storetest_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"tuppence/store"
	"tuppence/store/storetest"
)

// broken engines each have one fault that the suite has to find. They wrap the engine for tests.
var broken = map[string]struct {
	fault  func(store.Store) store.Store
	finder string // a test that fails
}{
	"keeps the writes of a refusal": {func(s store.Store) store.Store { return keepsRefused{s} }, "RefusalLeavesNothing"},
	"answers before the commit": {
		func(s store.Store) store.Store { return &answersEarly{Store: s} },
		"AnswerThenVisible",
	},
	"views follow the writer":       {func(s store.Store) store.Store { return viewsMove{s} }, "SnapshotIsStable"},
	"scans include their end":       {func(s store.Store) store.Store { return scans{s, endIncluded} }, "ScanBounds"},
	"reverse scans leave one out":   {func(s store.Store) store.Store { return scans{s, reverseShort} }, "ScanBounds"},
	"loses an update in a hundred":  {func(s store.Store) store.Store { return &loses{Store: s} }, "Linearizable"},
	"decides on a stale snapshot":   {func(s store.Store) store.Store { return stale{s} }, "OneKeyOneEffect"},
	"a context ends a known result": {func(s store.Store) store.Store { return forgetsOutcome{s} }, "ContextAfterStart"},
	"goes on after Close":           {func(s store.Store) store.Store { return neverCloses{s} }, "ClosedRefuses"},
	"keeps what a refusal decoded": {
		func(s store.Store) store.Store { return &keepsDecoded{s, map[string]store.Value{}} },
		"RefusalLeavesNothing",
	},
	"decoded rows hide later bytes": {func(s store.Store) store.Store { return hidesBytes{s} }, "DecodedOrNot"},
}

const brokenEnv = "STORETEST_BROKEN"

// TestSuiteFinds runs the suite over each broken engine in a process of its own, which has to fail.
func TestSuiteFinds(t *testing.T) {
	for name, b := range broken {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(
				t.Context(), os.Args[0], "-test.run=^TestBroken$/^"+b.finder+"$", "-test.timeout=30s", "-rapid.nofailfile",
			)
			cmd.Env = append(os.Environ(), brokenEnv+"="+name)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), "--- FAIL: TestBroken/"+b.finder) {
				t.Errorf("%s did not find it: %v\n%s", b.finder, err, out)
			}
		})
	}
}

// TestBroken is what TestSuiteFinds runs.
func TestBroken(t *testing.T) {
	b, ok := broken[os.Getenv(brokenEnv)]
	if !ok {
		t.Skip("only in a process of TestSuiteFinds")
	}
	storetest.Run(t, func(testing.TB) store.Store { return b.fault(store.NewMemory()) })
}

type keepsRefused struct{ store.Store }

func (s keepsRefused) Update(ctx context.Context, fn func(store.Tx) error) error {
	var refused error
	if err := s.Store.Update(ctx, func(tx store.Tx) error { refused = fn(tx); return nil }); err != nil {
		return err
	}
	return refused
}

// answersEarly runs the function of an update when the next one comes.
type answersEarly struct {
	store.Store
	turn atomic.Int64
}

func (s *answersEarly) Update(ctx context.Context, fn func(store.Tx) error) error {
	if s.turn.Add(1)%20 != 0 {
		return s.Store.Update(ctx, fn)
	}
	go func() { _ = s.Store.Update(context.WithoutCancel(ctx), fn) }()
	return nil
}

type viewsMove struct{ store.Store }

func (s viewsMove) View(ctx context.Context, fn func(store.Reader) error) error {
	return fn(moving{ctx, s.Store})
}

type moving struct {
	ctx context.Context //nolint:containedctx // as long as the view
	s   store.Store
}

func (m moving) Get(key []byte) (v []byte, err error) {
	err = m.s.View(m.ctx, func(r store.Reader) (err error) { v, err = r.Get(key); return err })
	return v, err
}

func (m moving) Load(key []byte, d store.Decoder) (v store.Value, err error) {
	err = m.s.View(m.ctx, func(r store.Reader) (err error) { v, err = r.Load(key, d); return err })
	return v, err
}

func (m moving) Scan(from, to []byte, reverse bool, limit int) (rows iter.Seq2[store.KV, error]) {
	_ = m.s.View(m.ctx, func(r store.Reader) error { rows = r.Scan(from, to, reverse, limit); return nil })
	return rows
}

// scans changes what scans of views visit.
type scans struct {
	store.Store
	change func(store.Reader, []byte, []byte, bool, int) iter.Seq2[store.KV, error]
}

func (s scans) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.Store.View(ctx, func(r store.Reader) error { return fn(changedScan{r, s}) })
}

type changedScan struct {
	store.Reader
	s scans
}

func (c changedScan) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return c.s.change(c.Reader, from, to, reverse, limit)
}

func endIncluded(r store.Reader, from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	if to != nil {
		to = append(append([]byte(nil), to...), 0)
	}
	return r.Scan(from, to, reverse, limit)
}

func reverseShort(r store.Reader, from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		first := true
		for kv, err := range r.Scan(from, to, reverse, limit) {
			if first && reverse {
				first = false
				continue
			}
			if !yield(kv, err) {
				return
			}
		}
	}
}

type loses struct {
	store.Store
	turn atomic.Int64
}

var errLost = errors.New("lost")

func (s *loses) Update(ctx context.Context, fn func(store.Tx) error) error {
	lose := s.turn.Add(1)%100 == 0
	err := s.Store.Update(ctx, func(tx store.Tx) error {
		if err := fn(tx); err != nil || !lose {
			return err
		}
		return errLost
	})
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}

// stale reads before the transaction and writes in it.
type stale struct{ store.Store }

func (s stale) Update(ctx context.Context, fn func(store.Tx) error) error {
	writes := &recorded{rows: map[string][]byte{}}
	if err := s.View(ctx, func(r store.Reader) error { writes.Reader = r; return fn(writes) }); err != nil {
		return err
	}
	for range 100 {
		runtime.Gosched() // let others read the same
	}
	return s.Store.Update(ctx, func(tx store.Tx) error {
		for k, v := range writes.rows {
			if err := tx.Set([]byte(k), v); err != nil {
				return err
			}
		}
		return nil
	})
}

type recorded struct {
	store.Reader
	rows map[string][]byte
}

func (r *recorded) Set(key, value []byte) error { r.rows[string(key)] = value; return nil }
func (r *recorded) Delete([]byte) error         { return nil }

func (r *recorded) Put(key []byte, v store.Value) error { return r.Set(key, v.Append(nil)) }

func (r *recorded) Load(key []byte, d store.Decoder) (store.Value, error) {
	b, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	return d.Decode(key, b)
}

// keepsDecoded hands out decoded rows that were put by a function that was refused. It runs one function at a time.
type keepsDecoded struct {
	store.Store
	kept map[string]store.Value
}

func (s *keepsDecoded) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(keepingTx{tx, s}) })
}

type keepingTx struct {
	store.Tx
	s *keepsDecoded
}

func (t keepingTx) Put(key []byte, v store.Value) error {
	t.s.kept[string(key)] = v
	return t.Tx.Put(key, v)
}

func (t keepingTx) Load(key []byte, d store.Decoder) (store.Value, error) {
	if v, ok := t.s.kept[string(key)]; ok {
		return v, nil
	}
	return t.Tx.Load(key, d)
}

// hidesBytes goes on handing out the decoded row of a function although it has set the row since.
type hidesBytes struct{ store.Store }

func (s hidesBytes) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error {
		return fn(keepingTx{tx, &keepsDecoded{kept: map[string]store.Value{}}})
	})
}

type forgetsOutcome struct{ store.Store }

func (s forgetsOutcome) Update(ctx context.Context, fn func(store.Tx) error) error {
	return errors.Join(s.Store.Update(ctx, fn), ctx.Err())
}

type neverCloses struct{ store.Store }

func (neverCloses) Close() error { return nil }
