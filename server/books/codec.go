package books

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/fxamacker/cbor/v2"
)

// A record is one version byte and then CBOR (RFC 8949, core deterministic: the journal hashes what it writes). Every
// kind of record has a struct of its own here, so that the nouns of package ledger carry no tags and can be rearranged
// without changing a stored byte. Times are whole microseconds in UTC.
//
// Since version 2 a record is a map with small integer keys: a field that is empty takes no byte, and a kind gains a
// field by one line with the next free number, which no other field ever had (TestNumbersAreForEver holds the list).
// What has one meaning as a whole, an amount or a posting, is a tuple and never grows. Fields that were forgotten here
// fail TestEveryFieldSurvives; bytes that changed without a new version fail TestFormatIsStable.
const version = 2

var errCut = errors.New("record is cut off")

var encoder = must(cbor.EncOptions{
	Sort: cbor.SortCoreDeterministic, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
}.UserBufferEncMode())

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the options above contradict each other
	}
	return v
}

// strict refuses a record with a field that this program does not know, lenient passes over it.
var strict, lenient = decoder(cbor.ExtraDecErrorUnknownField), decoder(cbor.ExtraDecErrorNone)

func decoder(unknown cbor.ExtraDecErrorCond) cbor.DecMode {
	return must(cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		UTF8:              cbor.UTF8DecodeInvalid, // text is cleaned where it enters; what was written must be readable
		ExtraReturnErrors: unknown,
	}.DecMode())
}

// codec is how a kind of noun is stored: pack makes its row, unpack the noun again. A row lives only while it is
// encoded or decoded, so it may share lists and maps with its noun.
type codec[T, R any] struct {
	pack   func(T) R
	unpack func(R) T
	// writtenOnce: a record of this kind is never written again under its key, so a field that only a newer
	// program knows stays where it is, and reading passes over it. All other records are read, changed and written: there
	// such a field would be lost without a word, so it is refused with [store.ErrNewer].
	writtenOnce bool
}

// encode returns the record of a noun, in exactly as many bytes as it has: the store keeps it in memory.
func (c codec[T, R]) encode(v T) []byte {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	c.write(buf, c.pack(v))
	return bytes.Clone(buf.Bytes())
}

// appendTo appends the record of a noun: the writer encodes a batch into one piece of memory.
func (c codec[T, R]) appendTo(b []byte, v T) []byte {
	buf := bytes.NewBuffer(b)
	c.write(buf, c.pack(v))
	return buf.Bytes()
}

// write adds the record of a row to a buffer.
func (c codec[T, R]) write(buf *bytes.Buffer, row R) {
	buf.WriteByte(version)
	if err := encoder.MarshalToBuffer(&row, buf); err != nil {
		panic(fmt.Sprintf("books: %T cannot be stored: %v", row, err)) // a row of such a type: caught by the tests
	}
}

// buffers are where records are encoded. Most records are shorter than the last one in the buffer, so few grow.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// decode returns the noun of the record that stands under a key; the key is for the error.
func (c codec[T, R]) decode(key, b []byte) (v T, err error) {
	row, err := c.read(key, b)
	if err != nil {
		return v, err
	}
	return c.unpack(row), nil
}

// read returns the row of a record that stands under a key, of any version up to ours. Errors are store.ErrDamaged, or
// store.ErrNewer for what a later program has written; both name the record.
func (c codec[T, R]) read(key, b []byte) (row R, err error) {
	switch {
	case len(b) < 2:
		return row, damaged(key, errCut)
	case b[0] == version:
		err = c.decoder().Unmarshal(b[1:], &row)
	case b[0] == 1:
		err = readArray(b[1:], reflect.ValueOf(&row).Elem())
	case b[0] > version:
		return row, fmt.Errorf(
			"%w: record %s has version %d, this program knows %d", store.ErrNewer, keyName(key), b[0], version,
		)
	default:
		return row, damaged(key, fmt.Errorf("unknown version %d", b[0]))
	}
	if _, unknown := errors.AsType[*cbor.UnknownFieldError](err); unknown {
		return row, fmt.Errorf(
			"%w: record %s has a field that this program does not know: %w", store.ErrNewer, keyName(key), err,
		)
	}
	if err != nil {
		return row, damaged(key, err)
	}
	return row, nil
}

// decoder is lenient only where a record is never written again: see writtenOnce.
func (c codec[T, R]) decoder() cbor.DecMode {
	if c.writtenOnce {
		return lenient
	}
	return strict
}

// damaged returns store.ErrDamaged with the name of the record that is not what was written.
func damaged(key []byte, err error) error {
	return fmt.Errorf("%w: record %s: %w", store.ErrDamaged, keyName(key), err)
}

// keyName returns a key for people: the letter of its table (keys.go) and the rest in hexadecimal.
func keyName(key []byte) string {
	if len(key) == 0 {
		return "without a key"
	}
	return fmt.Sprintf("%c %x", key[0], key[1:])
}

// identity is the codec of values that are their own row.
func identity[T any]() codec[T, T] {
	same := func(v T) T { return v }
	return codec[T, T]{pack: same, unpack: same}
}

var (
	amounts = identity[int64]()  // balances and control totals
	counts  = identity[uint64]() // counters of ids
	blobs   = identity[[]byte]() // small named values
)

// instant is a time in a record: microseconds since 1970, 0 for no time at all. Those from 1970 on are one higher.
type instant int64

// pack returns the instant of a time. What is below a microsecond is cut off.
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

// time returns the time in UTC; the smallest number, which pack never returns, counts as no time.
func (i instant) time() time.Time {
	switch {
	case i == 0 || i == math.MinInt64:
		return time.Time{}
	case i > 0:
		i--
	}
	return time.UnixMicro(int64(i)).UTC()
}

// each converts a list. No list stays none: a row leaves it out.
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

// money is an amount in a record: a tuple, so it never gains a field.
type money struct {
	_        struct{} `cbor:",toarray"`
	Micros   int64
	Currency ledger.Currency
}

func packMoney(a ledger.Amount) money { return money{Micros: a.Micros, Currency: a.Currency} }

func (m money) unpack() ledger.Amount { return ledger.Amount{Micros: m.Micros, Currency: m.Currency} }

// leg is a posting in a record: a tuple, so it never gains a field.
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
