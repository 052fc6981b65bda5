package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// inPlace is how many files of the journal, the current one included, never go to the archive: with files of the usual
// size they hold more than Badger keeps in memory, so a start after a crash need not look into the archive.
const inPlace = 4

// archiveEvery is how often the librarian looks for full files.
const archiveEvery = 30 * time.Second

// libraryLoop reads the journal through from time to time, and moves its full files to the archive.
func (e *Engine) libraryLoop() {
	defer e.done.Done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e.done.Go(func() {
		select {
		case <-e.quit:
			cancel()
		case <-ctx.Done():
		}
	})
	look := time.NewTicker(archiveEvery)
	defer look.Stop()
	scrub := time.NewTicker(max(e.o.ScrubEvery, time.Second))
	defer scrub.Stop()
	if e.o.ScrubEvery < 0 {
		scrub.Stop()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if err := e.archive(ctx); err != nil && ctx.Err() == nil {
				e.o.Log.Error("the journal cannot be archived; it stays where it is", "err", err)
			}
		case <-scrub.C:
			if err := e.Scrub(ctx); err != nil && ctx.Err() == nil {
				e.o.Log.Error("a scrub found damage; make a backup now", "err", err)
			}
		}
	}
}

// archive moves full files to the archive, the earliest first. A file is read back and compared before it goes.
func (e *Engine) archive(ctx context.Context) error {
	if e.o.Archive == "" {
		return nil
	}
	e.library.Lock()
	defer e.library.Unlock()
	dir := filepath.Join(e.dir, journalDir)
	firsts, err := listSegments(e.o.FS, dir)
	if err != nil || len(firsts) <= inPlace {
		return err
	}
	if err := makeDir(e.o.FS, e.o.Archive); err != nil {
		return err
	}
	for i, first := range firsts[:len(firsts)-inPlace] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.archiveFile(dir, first, firsts[i+1]); err != nil {
			return err
		}
		e.mu.Lock()
		e.segments--
		e.mu.Unlock()
	}
	return nil
}

// archiveFile moves the file with the frames from first to next-1, without the zero bytes behind them.
func (e *Engine) archiveFile(dir string, first, next uint64) error {
	fsys, from := e.o.FS, segmentPath(dir, first)
	data, err := readFile(fsys, from)
	if err != nil {
		return err
	}
	n, err := wholeSegment(data, first, next)
	if err != nil {
		return err
	}
	to := segmentPath(e.o.Archive, first)
	had, err := readFile(fsys, to)
	switch {
	case err == nil && !bytes.Equal(had, data[:n]):
		return fmt.Errorf("%w: %s is there already, with something else in it", ErrDamaged, to)
	case err == nil: // a crash came between copy and removal
	case !errors.Is(err, os.ErrNotExist):
		return err
	default:
		if err := writeFile(fsys, e.o.Archive, filepath.Base(to), data[:n]); err != nil {
			return err
		}
		if had, err = readFile(fsys, to); err != nil || !bytes.Equal(had, data[:n]) {
			return errors.Join(fmt.Errorf("%w: %s is not what was written", ErrDamaged, to), err)
		}
	}
	if err := fsys.Remove(from); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// wholeSegment says where the frames of a full file end, which holds those from first to next-1 and nothing else.
func wholeSegment(data []byte, first, next uint64) (end int, err error) {
	rest, seq := data, first
	var head hash
	for seq < next {
		f, after, err := parseFrame(rest)
		if err != nil || f.seq != seq || (seq > first && f.prev != head) {
			return 0, fmt.Errorf("%w: segment %016x at %d", ErrDamaged, first, len(data)-len(rest))
		}
		rest, seq, head = after, seq+1, f.hash
	}
	if !allZero(rest) {
		return 0, fmt.Errorf("%w: segment %016x: something lies behind its last frame", ErrDamaged, first)
	}
	return len(data) - len(rest), nil
}

// Scrub reads the whole journal, the archive included, and checks every frame and the chain; then it reads the tables
// of Badger. Damage in the journal harms no reader, but Badger could not be rebuilt: a backup makes a store that
// is whole again. After damage in a table nothing more is read from the index: the next start builds it anew.
func (e *Engine) Scrub(ctx context.Context) error {
	e.library.Lock()
	defer e.library.Unlock()
	err := e.scrubJournal(ctx)
	err = errors.Join(err, e.scrubTables())
	if ctx.Err() == nil {
		e.mu.Lock()
		e.damage = err
		e.mu.Unlock()
	}
	return err
}

// scrubJournal reads every segment, archive included, from the first frame to the last one that was durable when it
// began. What is written meanwhile is left to the next scrub.
func (e *Engine) scrubJournal(ctx context.Context) error {
	e.mu.Lock()
	durable := e.durable
	e.mu.Unlock()
	files, err := allSegments(e.o.FS, filepath.Join(e.dir, journalDir), e.o.Archive)
	if err != nil {
		return err
	}
	var head Head
	for _, file := range files {
		if head.Number == durable.Number {
			break // begun meanwhile
		}
		if file.first != head.Number+1 {
			return fmt.Errorf(
				"%w: segment %016x follows sequence %d: a file of the journal or its archive is missing", ErrDamaged, file.first,
				head.Number,
			)
		}
		data, err := readFile(e.o.FS, file.path())
		if err != nil {
			return err
		}
		rest := data
		for head.Number < durable.Number {
			if err := ctx.Err(); err != nil {
				return err
			}
			f, after, err := parseFrame(rest)
			if err != nil {
				break
			}
			if f.seq != head.Number+1 || f.prev != head.Hash {
				return fmt.Errorf("%w: %s: sequence %d does not follow %d", ErrDamaged, file.path(), f.seq, head.Number)
			}
			head, rest = Head{Number: f.seq, Hash: f.hash}, after
		}
		if head.Number < durable.Number && !allZero(rest) {
			return fmt.Errorf("%w: %s at %d, behind sequence %d", ErrDamaged, file.path(), len(data)-len(rest), head.Number)
		}
	}
	if head != durable {
		return fmt.Errorf("%w: the journal can be read up to %d of %d", ErrDamaged, head.Number, durable.Number)
	}
	return nil
}

// scrubTables reads the tables that Badger uses now; one that it drops meanwhile is left out.
func (e *Engine) scrubTables() error {
	tables, err := e.tables()
	if err != nil {
		return err
	}
	var names []string
	for _, t := range tables {
		names = append(names, filepath.Join(e.index, fmt.Sprintf("%06d.sst", t.ID)))
	}
	if err = checkTables(names); err == nil || noDescriptor(err) {
		return err
	}
	return e.failIndex(err)
}
