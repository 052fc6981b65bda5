package books

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/fxamacker/cbor/v2"
)

// A record is one format byte and then CBOR (RFC 8949, deterministic: the journal hashes what it writes). Every record
// has a struct of its own here, a CBOR array without names, so that the nouns of package ledger carry no tags and can be
// rearranged without changing a stored byte. Times are whole microseconds in UTC.
//
// A field is added by a new format: the old struct stays for reading, the new one is written. Fields that were forgotten
// here fail TestEveryFieldSurvives; bytes that changed without a new format fail TestFormatIsStable.
const format = 1

// Format names everything that a store of these books holds: records, keys and their meaning. A store that names another
// one is refused as a whole, so that old bytes are never taken for damaged ones.
const Format = "books 1"

// FormatName is under which name a store keeps its Format.
const FormatName = "format"

// sameFormat refuses books that another program wrote.
func sameFormat(r Reader) error {
	had, found, err := r.Meta(FormatName)
	if err != nil || !found || string(had) == Format {
		return err
	}
	return fmt.Errorf("%w: these are %q, this program knows %q", store.ErrNewer, had, Format)
}

var errCut = errors.New("record is cut off")

var (
	encoder = must(cbor.EncOptions{Sort: cbor.SortCoreDeterministic, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden}.UserBufferEncMode())
	decoder = must(cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		UTF8: cbor.UTF8DecodeInvalid, // text is cleaned where it enters; what was written must be readable
	}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the options above contradict each other
	}
	return v
}

// form says how a noun is stored: pack makes its row, unpack the noun again. A noun and its row share nothing that could
// be changed: a row may be kept (see [Memo]).
type form[T, R any] struct {
	pack   func(T) R
	unpack func(R) T
}

// encode makes the record of a noun.
func (f form[T, R]) encode(v T) []byte { return f.write(f.pack(v)) }

// write makes the record of a row.
func (f form[T, R]) write(row R) []byte {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	buf.WriteByte(format)
	if err := encoder.MarshalToBuffer(&row, buf); err != nil {
		panic(fmt.Sprintf("books: %T cannot be stored: %v", row, err)) // a row of such a type: caught by the tests
	}
	return bytes.Clone(buf.Bytes()) // exactly as long as it is: the store keeps it in memory
}

// buffers are where records are encoded.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// decode reads the record that stands under a key.
func (f form[T, R]) decode(key, b []byte) (v T, err error) {
	row, err := f.read(key, b)
	if err != nil {
		return v, err
	}
	return f.unpack(row), nil
}

// read reads the row of a record that stands under a key.
func (f form[T, R]) read(key, b []byte) (row R, err error) {
	switch {
	case len(b) < 2:
		return row, damaged(key, errCut)
	case b[0] > format:
		return row, fmt.Errorf("%w: record %s has format %d, this program knows %d", store.ErrNewer, keyName(key), b[0], format)
	case b[0] != format:
		return row, damaged(key, fmt.Errorf("unknown format %d", b[0]))
	}
	if err := decoder.Unmarshal(b[1:], &row); err != nil {
		return row, damaged(key, err)
	}
	return row, nil
}

// damaged says which record is not what was written.
func damaged(key []byte, err error) error {
	return fmt.Errorf("%w: record %s: %w", store.ErrDamaged, keyName(key), err)
}

// keyName writes a key for people: its table and the rest in hexadecimal.
func keyName(key []byte) string {
	if len(key) == 0 {
		return "without a key"
	}
	return fmt.Sprintf("%c %x", key[0], key[1:])
}

// itself stores plain values as they are.
func itself[T any]() form[T, T] {
	same := func(v T) T { return v }
	return form[T, T]{same, same}
}

var (
	amounts = itself[int64]()  // balances and control totals
	counts  = itself[uint64]() // counters of ids
	blobs   = itself[[]byte]() // small named values
)

// instant is a time in a record: microseconds since 1970, 0 for no time at all. Those from 1970 on are one higher.
type instant int64

func pack(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	us := t.UnixMicro()
	if us >= 0 {
		us++
	}
	return instant(us)
}

func (i instant) time() time.Time {
	switch {
	case i == 0 || i == math.MinInt64:
		return time.Time{}
	case i > 0:
		i--
	}
	return time.UnixMicro(int64(i)).UTC()
}

// each converts a list; no list stays none.
func each[A, B any](list []A, f func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// money is an amount in a record.
type money struct {
	_        struct{} `cbor:",toarray"`
	Micros   int64
	Currency ledger.Currency
}

func packMoney(a ledger.Amount) money { return money{Micros: a.Micros, Currency: a.Currency} }

func (m money) unpack() ledger.Amount { return ledger.Amount{Micros: m.Micros, Currency: m.Currency} }

// leg is a posting in a record.
type leg struct {
	_        struct{} `cbor:",toarray"`
	Class    ledger.Class
	Currency ledger.Currency
	Owner    uint64
	Micros   int64
}

func packLeg(p ledger.Posting) leg {
	return leg{Class: p.Account.Class, Currency: p.Account.Currency, Owner: p.Account.Owner, Micros: p.Micros}
}

func (l leg) unpack() ledger.Posting {
	return ledger.Posting{Account: ledger.Account{Class: l.Class, Currency: l.Currency, Owner: l.Owner}, Micros: l.Micros}
}
