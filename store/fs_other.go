//go:build !linux

package store

import (
	"math"
	"os"
)

func (f systemFile) Sync() error { return f.File.Sync() }

// Free is not known here: nobody looks at the room, and a full disk shows itself by a failed write.
func (systemFS) Free(string) (int64, error) { return math.MaxInt64, nil }

// openFileLimit is not known here either.
func openFileLimit() uint64 { return math.MaxUint64 }

func reserve(f *os.File, size int64) error { return f.Truncate(size) }
