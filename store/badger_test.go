package store

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Tables that an earlier program compressed are read like those that this one writes, without a cache of blocks too.
func TestCompressedTablesAreRead(t *testing.T) {
	dir := t.TempDir()
	old, err := badger.OpenManaged(badger.DefaultOptions(dir).WithCompression(options.Snappy).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	const rows = 10_000
	value := bytes.Repeat([]byte("compressible "), 20)
	key := func(i int) []byte { return fmt.Appendf(nil, "row %d", i) }
	l := &layer{last: 1}
	for i := range rows {
		l.set(string(key(i)), row{value: value})
	}
	if err := apply(old, l); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables: %v, %v", tables, err)
	}
	if err := checkTables(tables); err != nil {
		t.Errorf("a start finds damage: %v", err)
	}
	db, err := openBadger(dir, quiet.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if tables := db.Tables(); len(tables) == 0 || int64(tables[0].OnDiskSize) > rows*int64(len(value))/2 {
		t.Fatalf("the rows are in no compressed table: %+v", tables)
	}
	txn := db.NewTransactionAt(2, false)
	defer txn.Discard()
	for i := range rows {
		item, err := txn.Get(rowKey(key(i)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := item.ValueCopy(nil); err != nil || !bytes.Equal(got, value) {
			t.Fatalf("row %d: %q, %v", i, got, err)
		}
	}
}
