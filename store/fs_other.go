//go:build !linux

package store

import (
	"math"
	"os"
)

// Sync is the system's: there is no cheaper call that leaves the metadata out.
func (f systemFile) Sync() error { return f.File.Sync() }

// Free is not known here: the room is not looked at, and a full disk shows itself by a failed write.
func (systemFS) Free(string) (int64, error) { return math.MaxInt64, nil }

// openFileLimit is not known here either.
func openFileLimit() uint64 { return math.MaxUint64 }

// reserve makes a file that may have holes: it gives up less room than it says.
func reserve(f *os.File, size int64) error { return f.Truncate(size) }
