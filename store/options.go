package store

import (
	"log/slog"
	"time"
)

// Bounds of what one function may write.
const (
	MaxKey    = 1 << 10 // bytes of a key
	MaxWrites = 10_000  // rows
	maxBytes  = 1 << 20 // keys and values together
)

// Options says how [Open] works. The zero value is right for production.
type Options struct {
	// ReadOnly opens a store that no program serves, for an audit, and changes nothing in its directory: what the journal
	// says is laid out in a temporary directory. Updates get ErrReadOnly.
	ReadOnly bool
	// Log gets what an operator has to know. Nil: nothing is logged.
	Log *slog.Logger
	// FS is the file system under journal, archive and witness. Nil: that of the system. Badger, the lock and the ballast
	// always use the system's: what they keep can be made again.
	FS FS

	// Archive is a directory to which full journal files move, checked and synced, once a start after a crash no longer
	// reads them; best on another disk. Scrub and a rebuild of the index read both places, so an operator who set it once
	// has to go on setting it. Empty: the journal stays in one place.
	Archive string

	// Cache is how many bytes of rows the writer keeps in memory, beside those that Badger does not have yet, 0: 64 MiB.
	// Views keep a sixteenth of it for themselves.
	Cache int64
	// MostlyAbsent are prefixes of keys that are mostly asked for to learn that there is none. The writer keeps a filter
	// of those that are there, 10 to 40 bits for each (43 MiB for 20 million keys), made anew in the background at each
	// start by reading all of them.
	MostlyAbsent [][]byte
	// MemTable is the size in bytes of a table in memory of Badger, and of the buffers in which it builds others, 0: 16
	// MiB. It is not less, so that any batch, also one that an earlier program wrote, fits into one transaction of Badger.
	MemTable int64
	// MaxUnapplied is how many bytes of durable rows may wait for Badger before the writer waits, 0: 32 MiB.
	MaxUnapplied int64
	// Segment is the size in bytes of a full journal file, 0: 64 MiB.
	Segment int64
	// MaxBatch is how many functions one sync makes durable at most, 0: 2048.
	MaxBatch int
	// MaxQueue is how many functions may wait before ErrBusy, 0: 8192.
	MaxQueue int
	// MinFree is the free room in bytes below which updates get ErrReadOnly, 0: 256 MiB. Below an eighth of it Badger
	// must not write either. Negative: the room is not looked at.
	MinFree int64
	// Ballast is a file in bytes that is given up when not even Badger has room, so that it can finish what it has begun,
	// and a start is possible, 0: 64 MiB. Negative: none.
	Ballast int64
	// ScrubEvery is the time between two checks of the journal, 0: 24 hours. Negative: never by itself.
	ScrubEvery time.Duration
}

// fewFiles is the limit of open files below which a start warns: Badger has each of its tables open, 2000 of 8 MiB at
// 28 million sales, every connection is one, and without any left Badger fails.
const fewFiles = 4096

// warnOfFewFiles logs and lets the store open: a small store may do with less.
func (o Options) warnOfFewFiles() {
	if n := openFileLimit(); n < fewFiles {
		o.Log.Warn("few files may be open at once: raise the hard limit (ulimit -Hn)", "limit", n, "least", fewFiles)
	}
}

// leastMemTable holds a transaction of maxBatchBytes and maxBatchRows: Badger refuses more than 15 % of it.
const leastMemTable = 16 << 20

// withDefaults fills in what was left at zero. Tests rely on small values being taken as they are, but for the memory
// tables: Badger refuses a batch that is larger than a part of one.
func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.FS == nil {
		o.FS = systemFS{}
	}
	for _, d := range []struct {
		field *int64
		value int64
	}{
		{&o.Cache, 64 << 20},
		{&o.MemTable, leastMemTable},
		{&o.MaxUnapplied, 32 << 20},
		{&o.Segment, 64 << 20},
		{&o.MinFree, 256 << 20},
		{&o.Ballast, 64 << 20},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	o.MemTable = max(o.MemTable, leastMemTable)
	if o.MaxBatch == 0 {
		o.MaxBatch = 2048
	}
	if o.MaxQueue == 0 {
		o.MaxQueue = 8192
	}
	if o.ScrubEvery == 0 {
		o.ScrubEvery = 24 * time.Hour
	}
	return o
}
