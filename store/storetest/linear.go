package storetest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/store"

	"github.com/anishathalye/porcupine"
)

// step is one operation of a history: a read of one register, or an addition that returns what was there before. An
// addition that returns nothing could be moved anywhere in a history: only what was seen pins an operation down.
type step struct {
	key string
	add int // 0: read
}

// registers is what a history of steps may return: each key by itself is a number that starts at 0. Histories of
// different keys are checked apart, because the search grows with the operations that overlap.
var registers = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[string][]porcupine.Operation{}
		for _, o := range history {
			k := o.Input.(step).key
			byKey[k] = append(byKey[k], o)
		}
		var out [][]porcupine.Operation
		for _, h := range byKey {
			out = append(out, h)
		}
		return out
	},
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		return output.(int) == state.(int), state.(int) + input.(step).add
	},
}

// linearizable records short histories of many callers and has them checked: each operation took effect at one moment
// between its call and its return. Reads go through views and through updates that write nothing.
func linearizable(t *testing.T, s store.Store) {
	t.Helper()
	const rounds, callers, each = 6, 8, 25
	for round := range rounds {
		// A prefix of its own for each round: a register begins at zero.
		history := record(t, s, fmt.Sprint("round", round, "/"), callers, each)
		switch porcupine.CheckOperationsTimeout(registers, history, 20*time.Second) {
		case porcupine.Ok:
		case porcupine.Unknown: // a slow machine is no fault of the engine
			t.Logf("round %d: not decided in time", round)
		case porcupine.Illegal:
			t.Fatalf("round %d: the history of %d operations is not linearizable", round, len(history))
		}
	}
}

// record has callers work on three registers at the same time and writes down what each of them asked and was told.
// Three keys are few enough that callers meet on them, and more than one is needed to see effects cross.
func record(t *testing.T, s store.Store, prefix string, callers, each int) []porcupine.Operation {
	t.Helper()
	var clock atomic.Int64 // order is all that counts
	history := make([][]porcupine.Operation, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), uint64(each))) //nolint:gosec // the same history each time
			for range each {
				in := step{key: prefix + strconv.Itoa(r.IntN(3))}
				if r.IntN(2) == 0 {
					in.add = 1 + r.IntN(9)
				}
				call := clock.Add(1)
				out, err := perform(t, s, in, r.IntN(2) == 0)
				if err != nil {
					t.Error(err)
					return
				}
				history[c] = append(
					history[c],
					porcupine.Operation{ClientId: c, Input: in, Call: call, Output: out, Return: clock.Add(1)},
				)
			}
		})
	}
	wg.Wait()
	// Callers wrote into lists of their own, without a lock that would put their operations into an order.
	var all []porcupine.Operation
	for _, h := range history {
		all = append(all, h...)
	}
	return all
}

// perform does one step and returns what it has read. A read goes through a view or through an update that writes
// nothing: both must agree with the order of the additions.
func perform(t *testing.T, s store.Store, in step, byView bool) (had int, err error) {
	t.Helper()
	read := func(r store.Reader) error {
		v, err := both(r, in.key)
		had, _ = strconv.Atoi(v)
		return err
	}
	if in.add == 0 && byView {
		return had, s.View(t.Context(), read)
	}
	err = s.Update(t.Context(), func(tx store.Tx) error {
		if err := read(tx); err != nil || in.add == 0 {
			return err
		}
		return tx.Set([]byte(in.key), fmt.Append(nil, had+in.add))
	})
	return had, err
}
