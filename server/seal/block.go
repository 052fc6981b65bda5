package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"strings"

	"tuppence/server/ledger"
)

// kind is what a name stands for: the prefix that people see, and a mark inside of the cipher that keeps names of
// different things apart even where their numbers are equal.
type kind struct {
	prefix string
	mark   byte
}

// Kinds of names. Marks are part of every name ever given: never change one. 9 was kept for payees, who have no names
// yet.
var (
	kindEntry     = kind{"ent_", 1}
	kindCharge    = kind{"chg_", 2}
	kindGrant     = kind{"grt_", 3}
	kindRefund    = kind{"rfd_", 4}
	kindDispute   = kind{"dsp_", 5}
	kindTransfer  = kind{"trf_", 6}
	kindEvent     = kind{"evt_", 7}
	kindVendor    = kind{"ven_", 8}
	kindOffer     = kind{"ofr_", 10}
	kindCheckout  = kind{"chk_", 11}
	kindDeposit   = kind{"dep_", 12}
	kindLink      = kind{"lnk_", 13}
	kindEndpoint  = kind{"whe_", 14}
	kindWallet    = kind{"w_", 15}
	kindCursor    = kind{"cur_", 16}
	kindHandle    = kind{"w_", 17}
	kindReceipt   = kind{"rcp_", 18}
	kindExchange  = kind{"exc_", 19}
	kindIncentive = kind{"inc_", 30}
	kindCampaign  = kind{"cmp_", 40}
	kindIssue     = kind{"tki_", 45}
	kindPlan      = kind{"rpl_", 39}
	kindProposal  = kind{"prp_", 20}
	kindBank      = kind{"bnk_", 26}
	kindMandate   = kind{"mnd_", 27}

	kindSettlement = kind{"stl_", 31}
	kindPayoutFile = kind{"pof_", 32}
	kindCaller     = kind{"vcs_", 42}
	kindInvite     = kind{"inv_", 43}
	kindTeam       = kind{"mbr_", 46}

	kindReferral   = kind{"ref_", 47}
	kindBrowser    = kind{"brw_", 50}
	kindRedemption = kind{"red_", 35}
)

// A name is one AES block over (mark, numbers), written in 26 characters. It needs no index, counts nothing and links
// nothing: who sees two of them learns neither order nor owner. Zeros that have to be there make a guessed name fail.
type block [16]byte

// nameLetters is the length of a name behind its prefix.
const nameLetters = 26

// write encrypts a block and spells it.
func write(c cipher.Block, k kind, b block) string {
	c.Encrypt(b[:], b[:])
	var name [4 + nameLetters]byte
	n := copy(name[:], k.prefix)
	alphabet.Encode(name[n:], b[:])
	return string(name[:n+nameLetters])
}

// read is the reverse of write. It refuses with ErrName what write would not have spelt so: the last letter has bits
// that belong to no byte, and a second spelling of a name would be a second key for one thing.
func read(c cipher.Block, k kind, name string) (b block, err error) {
	rest, ok := strings.CutPrefix(name, k.prefix)
	if !ok || len(rest) != nameLetters {
		return block{}, ErrName
	}
	var letters [nameLetters]byte
	copy(letters[:], rest)
	if n, err := alphabet.Decode(b[:], letters[:]); err != nil || n != len(b) {
		return block{}, ErrName
	}
	if alphabet.Encode(letters[:], b[:]); string(letters[:]) != rest {
		return block{}, ErrName
	}
	c.Decrypt(b[:], b[:])
	if b[0] != k.mark {
		return block{}, ErrName
	}
	return b, nil
}

// single names one number of a generation: 7 bytes of zeros, 8 of number.
func single(c cipher.Block, k kind, n uint64) string {
	b := block{0: k.mark}
	binary.BigEndian.PutUint64(b[8:], n)
	return write(c, k, b)
}

// openSingle opens a name of one number; of says to which generation a number belongs.
func (s *Sealer) openSingle(k kind, name string, of func(uint64) *generation) (uint64, error) {
	for _, g := range s.generations {
		n, err := openSingle(g.names, k, name)
		switch {
		case err != nil:
			continue
		case of(n) == g:
			return n, nil
		}
		s.lost(k.prefix)
	}
	return 0, ErrName
}

func openSingle(c cipher.Block, k kind, name string) (uint64, error) {
	b, err := read(c, k, name)
	if err != nil || [7]byte(b[1:8]) != ([7]byte{}) {
		return 0, ErrName
	}
	return binary.BigEndian.Uint64(b[8:]), nil
}

// entry names an entry of the journal.
func (s *Sealer) entry(k kind, no ledger.EntryNo) string {
	return single(s.ofEntry(uint64(no)).names, k, uint64(no))
}

// openEntry opens a name that stands for an entry of the journal.
func (s *Sealer) openEntry(k kind, name string) (ledger.EntryNo, error) {
	n, err := s.openSingle(k, name, s.ofEntry)
	return ledger.EntryNo(n), err
}

// Numbers of users lead to a shard in their top 12 bits, which leaves 52 for the number in it; a pair has room for 44
// of them. Shard 0 keeps the names that it has always had.
const ownerBits = 56 - ledger.ShardBits

// pair names a number of an owner: 12 bits of the owner's shard, 44 of its number, and 8 bytes of number.
func pair(c cipher.Block, k kind, owner, n uint64) string {
	shard := owner >> (64 - ledger.ShardBits)
	var b block
	binary.BigEndian.PutUint64(b[:8], shard<<ownerBits|owner&(1<<ownerBits-1))
	b[0] = k.mark
	binary.BigEndian.PutUint64(b[8:], n)
	return write(c, k, b)
}

// owned names what an owner counts.
func (s *Sealer) owned(k kind, owner, n uint64) string { return pair(s.ofOwned(n).names, k, owner, n) }

// openOwned opens a name of what an owner counts. A block of numbers has no room for zeros, so about one name in a
// million opens by chance under the cipher of another generation, too. The owner is then a random number of 56 bits:
// the smaller owner is the true one.
func (s *Sealer) openOwned(k kind, name string) (owner, n uint64, err error) {
	err = ErrName
	for _, g := range s.generations {
		o, m, no := openPair(g.names, k, name)
		if no == nil && s.ofOwned(m) == g && (err != nil || o < owner) {
			owner, n, err = o, m, nil
		}
	}
	return owner, n, err
}

func openPair(c cipher.Block, k kind, name string) (owner, n uint64, err error) {
	b, err := read(c, k, name)
	if err != nil {
		return 0, 0, err
	}
	b[0] = 0
	owner = binary.BigEndian.Uint64(b[:8])
	owner = owner>>ownerBits<<(64-ledger.ShardBits) | owner&(1<<ownerBits-1)
	return owner, binary.BigEndian.Uint64(b[8:]), nil
}

// put writes the low bytes of a number, the greatest first; what has no room is left out.
func put(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte(n)
		n >>= 8
	}
}

// get is the reverse of put.
func get(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}
