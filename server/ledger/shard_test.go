package ledger

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func ExampleInShard() {
	today := InShard[EntryNo](0, 12)
	one := InShard[EntryNo](5, 12)
	fmt.Println(today, ShardOf(today))
	fmt.Println(one, ShardOf(one))
	// Output:
	// 12 0
	// 22517998136852492 5
}

// A number leads to its shard and keeps its place in it, numbers of one shard are in the order of their sequences, and
// no two pairs share a number.
func TestNumbersLeadToTheirShard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shard, sequence := rapid.Uint16Max(1<<ShardBits-1), rapid.Uint64Range(0, MaxSequence)
		s, n := Shard(shard.Draw(t, "shard")), sequence.Draw(t, "sequence")
		id := InShard[UserID](s, n)
		if got := ShardOf(id); got != s || uint64(id)&MaxSequence != n {
			t.Fatalf("%d of shard %d became %d, which is in %d", n, s, id, got)
		}
		s2, n2 := Shard(shard.Draw(t, "other shard")), sequence.Draw(t, "other sequence")
		other := InShard[UserID](s2, n2)
		if (id == other) != (s == s2 && n == n2) {
			t.Fatalf("%d/%d and %d/%d are %d and %d", s, n, s2, n2, id, other)
		}
		if s == s2 && (n < n2) != (id < other) {
			t.Fatalf("in shard %d the order of %d and %d is another one as numbers", s, n, n2)
		}
	})
}

// What exists today is in shard 0 under the number that it has: nothing is renamed when a second shard comes.
func TestShardZeroIsToday(t *testing.T) {
	for _, n := range []uint64{1, 12, 1 << 40, MaxSequence} {
		is(t, "number", InShard[EntryNo](0, n), EntryNo(n))
		is(t, "shard", ShardOf(EntryNo(n)), 0)
	}
	is(t, "last of all", InShard[EntryNo](1<<ShardBits-1, MaxSequence), math.MaxUint64)
	is(t, "first that is not", ShardOf(EntryNo(MaxSequence+1)), 1)
}

func TestNumbersOutOfBoundsPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"shard":    func() { InShard[EntryNo](1<<ShardBits, 1) },
		"sequence": func() { InShard[EntryNo](1, MaxSequence+1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a number was made", name)
				}
			}()
			f()
		}()
	}
}
