package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/dgraph-io/badger/v4"
)

// Names in the directory of a store.
const (
	formatFile = "FORMAT"
	lockFile   = "LOCK"
	journalDir = "journal"
	indexDir   = "index"
)

// formatNumber is the version of everything in the directory; formatText is what the file holds.
const (
	formatNumber = 1
	formatText   = "tuppence store "
)

// Open opens the store in dir, or makes it. It refuses with ErrDamaged what is not what was written, with ErrNewer what
// a newer program wrote, and a directory that another process has open.
func Open(dir string, o Options) (*Engine, error) {
	o = o.withDefaults()
	o.warnOfFewFiles()
	e := &Engine{
		o: o, dir: dir, queue: make(chan *call, o.MaxQueue), quit: make(chan struct{}), idle: make(chan struct{}, 1),
		batchQ: make(chan *batch, 1), readers: map[uint64]int{}, apply: make(chan struct{}, 1),
	}
	e.progress = sync.NewCond(&e.mu)
	if !o.ReadOnly {
		if err := makeDir(o.FS, filepath.Join(dir, journalDir)); err != nil {
			return nil, err
		}
	}
	if err := e.takeLock(); err != nil {
		return nil, err
	}
	if err := e.load(); err != nil {
		return nil, errors.Join(err, e.unload())
	}
	e.filter = newFilter(o.MostlyAbsent)
	if len(o.MostlyAbsent) > 0 && !o.ReadOnly {
		from := e.snapshot(false) // before the writer begins: it adds what comes later
		e.done.Go(func() { e.filter.read(from, e.quit) })
	}
	e.done.Add(3)
	go e.newWriter().loop()
	go e.syncLoop()
	go e.followLoop()
	if !o.ReadOnly {
		e.done.Add(2)
		go e.keepLoop()
		go e.libraryLoop()
	}
	return e, nil
}

// takeLock makes sure that one process at a time has the directory; those that only read may be several.
func (e *Engine) takeLock() error {
	flag, how := os.O_RDWR|os.O_CREATE, syscall.LOCK_EX
	if e.o.ReadOnly {
		flag, how = os.O_RDONLY, syscall.LOCK_SH
	}
	f, err := os.OpenFile(filepath.Join(e.dir, lockFile), flag, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("store: another process has %s open", e.dir), f.Close())
	}
	e.lock = f
	return nil
}

// load brings up everything but the goroutines.
func (e *Engine) load() error {
	isNew, err := e.checkFormat()
	if err != nil {
		return err
	}
	e.journal = &journal{fs: e.o.FS, dir: filepath.Join(e.dir, journalDir), archive: e.o.Archive, segment: e.o.Segment}
	if err := e.keepNames(); err != nil {
		return err
	}
	if err := e.firstLook(); err != nil {
		return err
	}
	var seen Head
	if isNew {
		if err := e.create(); err != nil {
			return err
		}
	} else {
		var found bool
		if seen, found, err = readWitness(e.o.FS, e.dir); err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%w: %s, which says how far the journal went, cannot be read", ErrDamaged, witnessFile)
		}
		if err := e.recover(seen); err != nil {
			return err
		}
	}
	e.durable, e.applied = e.journal.head, e.journal.head.Number
	e.appliedSeq.Store(e.applied)
	e.seen.rows, e.seen.at = newCache(e.o.Cache/16, &e.appliedSeq), e.applied
	e.gaps.at = e.applied
	here, err := listSegments(e.o.FS, e.journal.dir)
	if err != nil {
		return err
	}
	e.segments = len(here)
	if e.o.ReadOnly {
		return nil
	}
	if e.witness, err = openWitness(e.o.FS, e.dir, e.durable); err != nil {
		return err
	}
	e.watchRoom()
	return nil
}

// keepNames makes the names of what is there durable: an earlier start may have failed to.
func (e *Engine) keepNames() error {
	if e.o.ReadOnly {
		return nil
	}
	for _, dir := range []string{e.journal.dir, e.dir, filepath.Dir(filepath.Clean(e.dir))} {
		if err := e.o.FS.SyncDir(dir); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// firstLook looks at the room on the disk before Badger is opened, which dies of a full one (it writes through memory
// maps). On a nearly full disk the ballast makes enough room for a start without updates.
func (e *Engine) firstLook() error {
	if e.o.ReadOnly {
		return nil
	}
	e.ballast = ballast{path: filepath.Join(e.dir, ballastFile), size: e.o.Ballast}
	e.watchRoom()
	if !e.tight {
		return nil
	}
	e.watchRoom() // once more, without the ballast
	if e.tight {
		return fmt.Errorf("%w: %w; too little to start with", ErrReadOnly, e.noRoom)
	}
	return nil
}

// checkFormat says whether there is no store yet.
func (e *Engine) checkFormat() (isNew bool, err error) {
	raw, err := readFile(e.o.FS, filepath.Join(e.dir, formatFile))
	if errors.Is(err, fs.ErrNotExist) {
		files, err := listSegments(e.o.FS, filepath.Join(e.dir, journalDir))
		if err != nil {
			return false, err
		}
		for _, first := range files { // a crash while it was made leaves an empty segment at most
			data, err := readFile(e.o.FS, segmentPath(filepath.Join(e.dir, journalDir), first))
			if err != nil {
				return false, err
			}
			if !allZero(data) {
				return false, fmt.Errorf("%w: %s is missing", ErrDamaged, formatFile)
			}
		}
		if h, _, err := readWitness(e.o.FS, e.dir); err != nil || h.Number > 0 {
			return false, errors.Join(fmt.Errorf("%w: %s is missing", ErrDamaged, formatFile), err)
		}
		if e.o.ReadOnly {
			return false, fmt.Errorf("store: there is no store in %s", e.dir)
		}
		return true, nil
	}
	if err != nil {
		return false, err
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(string(raw)), formatText)
	n, err := strconv.Atoi(text)
	switch {
	case !ok || err != nil || n < 1:
		return false, fmt.Errorf("%w: %s says %q", ErrDamaged, formatFile, raw)
	case n > formatNumber:
		return false, fmt.Errorf("%w: format %d, this program knows %d", ErrNewer, n, formatNumber)
	}
	return false, nil
}

// create makes an empty store. The format comes last: a store without it was never used.
func (e *Engine) create() error {
	f, err := e.journal.create(1)
	if err != nil {
		return err
	}
	e.journal.use(f, 0, 0)
	e.index = filepath.Join(e.dir, indexDir)
	if err := os.RemoveAll(e.index); err != nil { // half made, before a crash
		return err
	}
	if e.db, err = openBadger(e.index, e.o); err != nil {
		return err
	}
	w, err := openWitness(e.o.FS, e.dir, Head{})
	if err != nil {
		return err
	}
	if err := w.close(); err != nil {
		return err
	}
	return writeFile(e.o.FS, e.dir, formatFile, []byte(formatText+strconv.Itoa(formatNumber)+"\n"))
}

// recover brings Badger to the end of the journal. What Badger has is only trusted as far as the journal's chain
// confirms it; if it cannot be opened or stands elsewhere, it is built anew from the journal.
func (e *Engine) recover(seen Head) error {
	index := filepath.Join(e.dir, indexDir)
	var why string
	var from Head
	if e.o.ReadOnly {
		var err error
		if index, err = os.MkdirTemp("", "tuppence-index-*"); err != nil {
			return err
		}
		e.temp = index
	}
	e.index = index
	db, err := openContained(index, e.o)
	if err == nil {
		e.db = db
		from.Number, from.Hash, err = applied(db)
	}
	switch {
	case noDescriptor(err):
		return err
	case err != nil:
		why = err.Error()
	default:
		err = e.replay(from, seen)
		if !errors.Is(err, errPosition) {
			return err
		}
		why = err.Error()
	}
	files, err := allSegments(e.o.FS, e.journal.dir, e.journal.archive)
	if err != nil {
		return err
	}
	if len(files) == 0 || files[0].first != 1 { // keep what is left
		return fmt.Errorf(
			"%w: the index cannot be used (%s) nor built anew: the journal does not begin at 1; where is its archive?",
			ErrDamaged, why,
		)
	}
	e.o.Log.Warn("the index is built anew from the journal", "why", why)
	if e.db != nil {
		_ = e.db.Close() // it is thrown away
		e.db = nil
	}
	if err := os.RemoveAll(index); err != nil {
		return err
	}
	if e.db, err = openBadger(index, e.o); err != nil {
		return err
	}
	e.opened = Opened{Rebuilt: why}
	return e.replay(Head{}, seen)
}

// openContained opens Badger with its tables alone. Its log was never synced: after a power cut an early part of it may
// be gone while a later part, with the position, is there. The journal has all that was in it.
//
// A panic of Badger over damaged files becomes an error, and so does a fault in a mapped file.
func openContained(dir string, o Options) (db *badger.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, fmt.Errorf("store: index: %v", p)
		}
	}()
	logs, err := named(dir, ".mem")
	if err != nil {
		return nil, err
	}
	for _, name := range logs {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	tables, err := named(dir, ".sst")
	if err != nil {
		return nil, err
	}
	if err := checkTables(tables); err != nil {
		return nil, err
	}
	return openBadger(dir, o)
}

// named returns the files in Badger's directory that end so. (filepath.Glob would look away from a directory that
// cannot be read, and a log would be left to Badger.)
func named(dir, end string) (paths []string, err error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		if filepath.Ext(f.Name()) == end {
			paths = append(paths, filepath.Join(dir, f.Name()))
		}
	}
	return paths, nil
}

// replay reads the journal from Badger's position on and brings what follows to Badger: what is later than the witness
// only after the journal's end was repaired and synced, because Badger must never have what the journal may lose.
func (e *Engine) replay(from, seen Head) error {
	var group *layer
	var later []*layer
	flush := func() error {
		l := group
		group = nil
		switch {
		case l == nil:
			return nil
		case l.last > seen.Number:
			later = append(later, l)
			return nil
		}
		return apply(e.db, l)
	}
	r := &recovery{j: e.journal, from: from, witness: seen, readOnly: e.o.ReadOnly, visit: func(f frame) error {
		e.opened.Replayed++
		if group != nil &&
			(group.bytes+int64(len(f.rows)) > maxBatchBytes/2 || len(group.rows) > maxBatchRows/16 || f.seq == seen.Number+1) {
			if err := flush(); err != nil {
				return err
			}
		}
		if group == nil {
			group = &layer{}
		}
		err := eachRow(f.rows, func(key string, r row) error {
			group.set(key, r)
			return nil
		})
		if err != nil {
			return fmt.Errorf("%w: the rows of %d make no sense", ErrDamaged, f.seq)
		}
		group.last, group.hash = f.seq, f.hash
		return nil
	}}
	if err := r.run(); err != nil {
		return err
	}
	e.opened.Cut = r.cut
	if err := flush(); err != nil {
		return err
	}
	for _, l := range later {
		if err := apply(e.db, l); err != nil {
			return err
		}
	}
	return nil
}

// unload gives back what load has taken.
func (e *Engine) unload() error {
	var errs []error
	if e.journal != nil {
		errs = append(errs, e.journal.close())
	}
	if e.db != nil && !e.tight { // on a full disk Badger would die of closing; the journal has everything
		errs = append(errs, e.closeIndex())
	}
	if e.witness != nil {
		errs = append(errs, e.witness.close())
	}
	if e.temp != "" {
		errs = append(errs, os.RemoveAll(e.temp))
	}
	return errors.Join(append(errs, e.lock.Close())...)
}
