package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"
	"golang.org/x/sync/errgroup"
)

// checkTables reads tables of Badger. At a start that comes before Badger does: it would leave a damaged one out
// without a word, or panic in a goroutine where it cannot be caught. Whatever is wrong, the index is built anew from
// the journal.
func checkTables(names []string) error {
	var all errgroup.Group
	all.SetLimit(2)
	for _, name := range names {
		all.Go(func() error {
			err := checkTable(name, options.None)
			if err != nil && !noDescriptor(err) {
				// An earlier program may have written it. A damaged table is neither: the checksums are over plain blocks.
				err = checkTable(name, options.Snappy)
			}
			return err
		})
	}
	return all.Wait()
}

// checkTable reads all blocks of a table as one that was written with this compression.
func checkTable(name string, how options.CompressionType) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: table %s: damaged", filepath.Base(name))
		}
	}()
	file, err := z.OpenMmapFile(name, os.O_RDONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil // dropped by a compaction meanwhile; Badger itself finds out if it should be there
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close(-1) }()
	_, err = table.OpenTable(file, table.Options{
		BlockSize: 4 << 10, Compression: how, ChkMode: options.OnTableAndBlockRead, ReadOnly: true,
	})
	return err
}
