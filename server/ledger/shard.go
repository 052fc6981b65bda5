package ledger

// ShardBits is how many leading bits of a number name its shard.
//
// One journal serves everything today, and its numbers are those of shard 0: plain small numbers. When one machine is
// not enough there are several journals, each a store of its own, and the number of an entry, user, checkout or deposit
// says in which it lies. Names that leave the program are such numbers under a cipher, so a name leads to its place
// without a table, and nothing that exists today has to be renamed. 12 bits are 4,096 shards; the other 52 count to
// 4.5·10¹⁵ in each.
const ShardBits = 12

// MaxSequence is the largest number inside one shard.
const MaxSequence uint64 = 1<<(64-ShardBits) - 1

// Shard numbers one journal with everything that it holds. The only one today is 0.
type Shard uint16

// ShardOf returns the shard that a number belongs to.
func ShardOf[N ~uint64](n N) Shard { return Shard(uint64(n) >> (64 - ShardBits)) }

// InShard returns a number of a shard: its sequence, from 1, with the bits of the shard before it. A shard or a
// sequence that does not fit is a caller's bug: it panics rather than name something else.
func InShard[N ~uint64](s Shard, sequence uint64) N {
	if s >= 1<<ShardBits || sequence > MaxSequence {
		panic("ledger: shard or sequence out of bounds")
	}
	return N(uint64(s)<<(64-ShardBits) | sequence)
}
