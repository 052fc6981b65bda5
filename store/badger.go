package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Keys in Badger have a first byte of ours, so that every key of a user is allowed.
const rowPrefix = 'r'

// appliedKey holds the sequence and hash of the last batch in Badger, written in the same transaction as its rows.
var appliedKey = []byte("h")

// rowKey is the key of a row in Badger. It is built anew each time: Badger keeps what it is given.
func rowKey[K string | []byte](key K) []byte {
	k := make([]byte, 1+len(key))
	k[0] = rowPrefix
	copy(k[1:], key)
	return k
}

// openBadger opens the index. Its options were measured under a load of purchases: few, large tables and a late first
// compaction, because a compaction takes one of the cores of the writer; everything that only makes it durable is off.
//
// Badger builds each table in a buffer of twice BaseTableSize, keeps eight of them, and doubles one that is too small.
// So that none is under rows like ours, a table in memory fits into one, all levels have tables of one size, and blocks
// are not compressed: they would lie in it twice. Blocks that are not compressed are read where the file is mapped, so
// no cache of blocks is needed. Tables that an earlier program compressed stay readable; Badger notes it for each.
func openBadger(dir string, o Options) (*badger.DB, error) {
	b := badger.DefaultOptions(dir).
		WithSyncWrites(false).        // the journal is the truth
		WithDetectConflicts(false).   // there is one writer
		WithMetricsEnabled(false).    // they are global
		WithMemTableSize(o.MemTable). //
		WithNumMemtables(3).          //
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(indexCache).
		WithNumCompactors(2).
		WithBaseLevelSize(128 << 20).
		WithBaseTableSize(o.MemTable / 2).
		WithNumLevelZeroTables(16).
		WithNumLevelZeroTablesStall(48).
		WithValueLogFileSize(1 << 20). // nothing is ever put there: values are below its threshold
		WithChecksumVerificationMode(options.OnBlockRead).
		WithLogger(badgerLog{o.Log})
	b.TableSizeMultiplier = 1
	return badger.OpenManaged(b)
}

// indexCache is how many bytes Badger keeps of the indexes of its tables.
const indexCache = 32 << 20

// badgerLog passes errors and warnings of Badger on, and drops the rest.
type badgerLog struct{ log *slog.Logger }

// Badger asks for these four methods. What it only tells about its work is dropped: it would fill the log of a busy
// store.
func (l badgerLog) Errorf(f string, a ...any)   { l.put(slog.LevelError, f, a) }
func (l badgerLog) Warningf(f string, a ...any) { l.put(slog.LevelWarn, f, a) }
func (badgerLog) Infof(string, ...any)          {}
func (badgerLog) Debugf(string, ...any)         {}

// put cuts the end of line off that Badger adds to its messages.
func (l badgerLog) put(level slog.Level, f string, a []any) {
	l.log.Log(context.Background(), level, "badger", "text", string(bytes.TrimSpace(fmt.Appendf(nil, f, a...))))
}

// applied reads the sequence and hash up to which Badger has every row.
func applied(db *badger.DB) (seq uint64, h hash, err error) {
	txn := db.NewTransactionAt(^uint64(0), false)
	defer txn.Discard()
	item, err := txn.Get(appliedKey)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, h, nil
	}
	if err != nil {
		return 0, h, err
	}
	v, err := item.ValueCopy(nil)
	if err != nil {
		return 0, h, err
	}
	if len(v) != 8+len(h) {
		return 0, h, fmt.Errorf("%w: position in Badger", ErrDamaged)
	}
	return binary.BigEndian.Uint64(v), hash(v[8:]), nil
}
