package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tuppence/store"
)

// getSetDelete: the simplest things, each in a transaction of its own. Deleting what was never there is no error,
// because callers do not look first.
func getSetDelete(t *testing.T, s store.Store) {
	t.Helper()
	if got := get(t, s, "a"); got != "-" {
		t.Errorf("empty store: got %q", got)
	}
	put(t, s, "a", "1", "b", "2")
	put(t, s, "a", "3")
	// The second value of a row replaces the first one and touches no other row.
	if got := get(t, s, "a") + get(t, s, "b"); got != "32" {
		t.Errorf("got %q, want 32", got)
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Delete([]byte("a")), tx.Delete([]byte("never")))
	}); err != nil {
		t.Error(err)
	}
	if got := get(t, s, "a") + get(t, s, "b"); got != "-2" {
		t.Errorf("got %q, want -2", got)
	}
}

// refusalLeavesNothing: the error comes back unchanged and nothing of the function stays, for readers nor for the next
// function in the same batch, in bytes nor decoded. Half of the callers are refused after they have written, set and
// deleted the same row, in either form, so that an engine is found that shares an overlay between functions, that
// undoes only the last write, or that writes its cache of decoded rows before the outcome is known.
func refusalLeavesNothing(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "a", "1")
	refusal := errors.New("no money")
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			err := s.Update(t.Context(), func(tx store.Tx) error {
				// Whatever ran before in the same batch, refused functions have changed nothing.
				for key, want := range map[string]string{"a": "1", "b": "-", "c": "-"} {
					if v, err := both(tx, key); err != nil || v != want {
						t.Errorf("a function saw %s = %q, %v, want %q", key, v, err, want)
					}
				}
				if i%2 == 0 {
					return tx.Put(fmt.Appendf(nil, "ok%d", i), text("x"))
				}
				// Some end with a deleted, some with a decoded.
				write := []error{
					tx.Set([]byte("a"), []byte("2")), tx.Delete([]byte("a")),
					tx.Set([]byte("b"), []byte("2")), tx.Put([]byte("c"), text("2")), refusal,
				}
				if i%4 == 1 {
					write = append(write, tx.Put([]byte("a"), text("2")), tx.Put([]byte("b"), text("2")))
				}
				return errors.Join(write...)
			})
			if i%2 == 1 && !errors.Is(err, refusal) || i%2 == 0 && err != nil {
				t.Errorf("function %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	// Rules compare their refusals, and surfaces print them: nothing may be wrapped around one.
	err := s.Update(t.Context(), func(store.Tx) error { return refusal })
	if err != refusal { //nolint:errorlint // unchanged
		t.Errorf("got %v, want the very error", err)
	}
	if got := get(t, s, "a") + get(t, s, "b") + get(t, s, "c") + get(t, s, "ok8"); got != "1--x" {
		t.Errorf("got %q, want 1--x", got)
	}
}

// panicLeavesNothing: a panic becomes an error, and the store goes on. A broken rule must not stop the sales of
// all others, and must not keep what it had written when it broke.
func panicLeavesNothing(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.Set([]byte("a"), []byte("1")); err != nil {
			return err
		}
		// After a write, so that there is something to leave behind.
		panic("broken rule")
	})
	if err == nil || !strings.Contains(err.Error(), "broken rule") {
		t.Errorf("got %v, want an error that names the panic", err)
	}
	if got := get(t, s, "a"); got != "-" {
		t.Errorf("got %q, want nothing", got)
	}
	put(t, s, "a", "2")
	if got := get(t, s, "a"); got != "2" {
		t.Errorf("afterwards: got %q, want 2", got)
	}
}

// readYourWrites: a function reads what it wrote, the last of several values, and not what it deleted, also with more
// rows than an engine may keep in a small list. Outside, only the end of it is seen.
func readYourWrites(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "a", "0", "gone", "x")
	err := s.Update(t.Context(), func(tx store.Tx) error {
		for i := range 100 { // more than any small-map shortcut
			k := fmt.Appendf(nil, "k%d", i)
			if err := tx.Set(k, []byte("1")); err != nil {
				return err
			}
			if err := tx.Set(k, fmt.Append(nil, i)); err != nil {
				return err
			}
		}
		for i := range 100 {
			if v, err := value(tx, fmt.Sprint("k", i)); err != nil || v != strconv.Itoa(i) {
				t.Errorf("k%d = %q, %v", i, v, err)
			}
		}
		if err := errors.Join(
			tx.Delete([]byte("gone")),
			tx.Set([]byte("b"), []byte("1")),
			tx.Delete([]byte("b")),
		); err != nil {
			return err
		}
		for _, k := range []string{"gone", "b"} {
			if v, err := value(tx, k); err != nil || v != "-" {
				t.Errorf("deleted %s = %q, %v", k, v, err)
			}
		}
		return tx.Set([]byte("b"), []byte("2")) // over its own deletion
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, "b") + get(t, s, "gone") + get(t, s, "k99"); got != "2-99" {
		t.Errorf("got %q, want 2-99", got)
	}
}

// oneKeyOneEffect: many callers with one idempotency key have one effect, also inside one batch, and every caller gets
// the same result. It is how a purchase that is sent twice is paid once.
func oneKeyOneEffect(t *testing.T, s store.Store) {
	t.Helper()
	const callers = 100
	answers := make([]string, callers)
	// All at the same moment, so that many of them meet in one batch.
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			<-start
			err := s.Update(t.Context(), func(tx store.Tx) error {
				v, err := value(tx, "idempotency key")
				if err != nil {
					return err
				}
				if v != "-" { // as a use case does: the stored result, and no second effect
					answers[i] = v
					return nil
				}
				n, err := value(tx, "effects")
				if err != nil {
					return err
				}
				had, _ := strconv.Atoi(n) // 0 where there is none
				answers[i] = fmt.Sprint("caller ", i)
				return errors.Join(
					tx.Set([]byte("idempotency key"), []byte(answers[i])),
					tx.Set([]byte("effects"), fmt.Append(nil, had+1)),
				)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	if got := get(t, s, "effects"); got != "1" {
		t.Errorf("%s effects, want 1", got)
	}
	// Callers that came second must be told what the first was told, and not that there was a first.
	for i, a := range answers {
		if a != answers[0] {
			t.Errorf("caller %d got %q, caller 0 %q", i, a, answers[0])
		}
	}
}

// noWriteSkew: two functions that each read the other's key must not both find it unset. Engines that check only what
// was written let this happen; limits and balances in different rows depend on it.
func noWriteSkew(t *testing.T, s store.Store) {
	t.Helper()
	// The engines that fail here do so now and then: they need many tries.
	for round := range 30 {
		names := [2]string{fmt.Sprint(round, "left"), fmt.Sprint(round, "right")}
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				if err := s.Update(t.Context(), func(tx store.Tx) error {
					other, err := value(tx, names[1-i])
					if err != nil || other != "-" {
						return err
					}
					return tx.Set([]byte(names[i]), []byte("the only one on call"))
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if l, r := get(t, s, names[0]), get(t, s, names[1]); (l == "-") == (r == "-") {
			t.Fatalf("round %d: left %q, right %q: want exactly one", round, l, r)
		}
	}
}

// sumIsConserved: transfers between accounts keep the sum in every view while they run. Readers look all the time: a
// view that shows one half of a transaction, or rows of two moments, has another sum.
func sumIsConserved(t *testing.T, s store.Store) {
	t.Helper()
	// Few accounts, so that transfers meet, and little on each, so that many are refused.
	const accounts, each = 8, 100
	var pairs []string
	for i := range accounts {
		pairs = append(pairs, fmt.Sprint("acct", i), strconv.Itoa(each))
	}
	put(t, s, pairs...)
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for w := range 8 {
		writers.Go(func() {
			for i := range 60 {
				from, to := fmt.Sprint("acct", (w+i)%accounts), fmt.Sprint("acct", (w*3+i*5)%accounts)
				if from == to {
					continue
				}
				if err := s.Update(t.Context(), func(tx store.Tx) error { return transfer(tx, from, to, 1+i%7) }); err != nil &&
					!errors.Is(err, errShort) {
					t.Error(err)
				}
			}
		})
	}
	// Two readers are enough: each view is another moment.
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := s.View(t.Context(), func(r store.Reader) error { return checkSum(r, accounts*each) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	// Readers look until the last transfer is done, and once more at the end.
	writers.Wait()
	close(done)
	readers.Wait()
	if err := s.View(t.Context(), func(r store.Reader) error { return checkSum(r, accounts*each) }); err != nil {
		t.Error(err)
	}
}

// errShort refuses a transfer after it has written, and a sale before it does.
var errShort = errors.New("balance too small")

// transfer moves n from one account to the other. It writes before it looks whether there is enough: a refusal has
// something to undo then.
func transfer(tx store.Tx, from, to string, n int) error {
	a, err := value(tx, from)
	if err != nil {
		return err
	}
	b, err := value(tx, to)
	if err != nil {
		return err
	}
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err := errors.Join(
		err1,
		err2,
		tx.Set([]byte(from), fmt.Append(nil, x-n)),
		tx.Set([]byte(to), fmt.Append(nil, y+n)),
	); err != nil {
		return err
	}
	if x < n {
		return errShort // after the writes, so that they have to be undone
	}
	return nil
}

// checkSum adds the accounts up in two ways. A scan and single reads of one snapshot may take different ways through an
// engine, and both must see the same moment.
func checkSum(r store.Reader, want int) error {
	byScan, byGet := 0, 0
	for kv, err := range r.Scan([]byte("acct"), []byte("acctz"), false, 0) {
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(kv.Value))
		if err != nil || n < 0 {
			return fmt.Errorf("%s = %s: %w", kv.Key, kv.Value, err)
		}
		byScan += n
		v, err := value(r, string(kv.Key))
		if err != nil {
			return err
		}
		n, err = strconv.Atoi(v)
		if err != nil {
			return err
		}
		byGet += n
	}
	if byScan != want || byGet != want {
		return fmt.Errorf("sum is %d by scan, %d by get, want %d", byScan, byGet, want)
	}
	return nil
}
