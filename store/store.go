// Package store is an ordered, transactional key-value store. It knows bytes only.
//
// A use case hands a function to [Store.Update] and writes it as if it were alone in the world: the engine runs the
// functions one after the other, makes many of them durable with one sync, and returns to each caller only then.
// Readers use [Store.View]: a snapshot of durable data that never waits for the writer.
//
// Two engines pass the same conformance suite (package storetest): [Open] keeps an own journal, which is the truth,
// with Badger behind it; [NewMemory] keeps a sorted map for tests.
package store

import (
	"context"
	"errors"
	"iter"
)

// Errors that every engine uses. An error that a function returned itself comes back from Update unchanged.
var (
	// ErrNotFound says that there is no such key. It is a fact for the use case, not a fault.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict says that another transaction won and nothing happened. The one-writer engines never return it.
	ErrConflict = errors.New("store: conflict")
	// ErrUnknown says that the commit may or may not have happened. The caller retries with the same idempotency key
	// after the store was reopened and audited.
	ErrUnknown = errors.New("store: outcome unknown")
	// ErrReadOnly says that the engine refuses writes: no room on the disk, after ErrUnknown, or opened so. Reads go on,
	// except when the index has failed: then they get it too, until the store is opened again.
	ErrReadOnly = errors.New("store: read-only")
	// ErrTooLarge says that one function alone wrote more than a batch may hold.
	ErrTooLarge = errors.New("store: transaction too large")
	// ErrBusy says that too many functions wait already. Nothing happened; try later.
	ErrBusy = errors.New("store: too busy")
	// ErrClosed says that the store was closed before the function began.
	ErrClosed = errors.New("store: closed")
	// ErrDamaged says that stored bytes are not what was written. The store refuses to open rather than to forget.
	ErrDamaged = errors.New("store: damaged")
	// ErrNewer says that the store was written by a newer version of this program.
	ErrNewer = errors.New("store: written by a newer version")
)

// Store is what use cases see of an engine.
type Store interface {
	// Update runs fn as one transaction and returns when its outcome is durable. That holds for refusals as well: when
	// fn returns an error, nothing of it stays, the error comes back unchanged, and everything fn has read is durable.
	//
	// fn does no I/O, does not wait, and takes time and randomness from its closure. It may run more than once, so it
	// sets captured results from scratch. It decides on keys read with Get, not on scans. The context counts until fn
	// starts; from then on Update waits for the outcome.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn on one snapshot of durable data. It never waits for the writer.
	View(ctx context.Context, fn func(Reader) error) error
	// Close finishes what has begun, refuses what has not, and frees the store.
	Close() error
}

// Reader reads one consistent state. Keys and values that it returns are valid until the function given to Update or
// View returns, and must not be changed.
type Reader interface {
	// Get returns the value of key, or ErrNotFound.
	Get(key []byte) ([]byte, error)
	// Load is Get for a decoded row: the Value that was put, or the one that d makes of the bytes. It may be handed to
	// other functions too, so it must not be changed. An error of d comes back unchanged.
	Load(key []byte, d Decoder) (Value, error)
	// Scan visits the keys in [from, to) in order, or in reverse from the end, at most limit of them (0: all). A nil to
	// means no upper bound. An error comes as the last pair's second value.
	Scan(from, to []byte, reverse bool, limit int) iter.Seq2[KV, error]
}

// Tx is a transaction. What it writes, it reads. Slices given to Set belong to the store from then on.
//
// A row can be written as bytes or decoded, and read as either: Set and Get, Put and Load mix freely. What many
// functions touch is best kept decoded: it is decoded once, and encoded once for each batch, whatever number of
// functions wrote it.
type Tx interface {
	Reader
	// Set writes a row. A nil value is an empty one.
	Set(key, value []byte) error
	// Delete removes a row; one that is not there is no error.
	Delete(key []byte) error
	// Put is Set for a decoded row, which must not be changed from then on.
	Put(key []byte, v Value) error
}

// Value is a decoded row that a store may keep in memory beside its key. It never changes: several goroutines use it.
type Value interface {
	// Append appends the bytes of the row to b: always the same ones, and at most twice Size. It cannot fail.
	Append(b []byte) []byte
	// Size is how many bytes of memory the value takes, with all that hangs on it. Caches count with it.
	Size() int
}

// Decoder makes a Value of the bytes of a row. Decoding what a Value appended gives an equal Value.
type Decoder interface {
	Decode(key, value []byte) (Value, error)
}

// KV is one stored pair.
type KV struct{ Key, Value []byte }
