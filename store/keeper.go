package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// counters are what Stats tells.
type counters struct {
	functions, refused, busy, batches atomic.Uint64
}

// Stats are figures of a running engine.
type Stats struct {
	Functions, Refused, Busy, Batches uint64
	Waiting                           int   // functions in the queue
	Unapplied                         int64 // bytes of durable rows that Badger does not have yet
	Segments                          int
	IndexBytes                        int64
}

// Stats returns the figures as they are now.
func (e *Engine) Stats() Stats {
	lsm, vlog := e.db.Size()
	e.mu.Lock()
	defer e.mu.Unlock()
	return Stats{
		Functions: e.counters.functions.Load(), Refused: e.counters.refused.Load(), Busy: e.counters.busy.Load(), Batches: e.counters.batches.Load(),
		Waiting: len(e.queue), Unapplied: e.unapplied, Segments: e.segments, IndexBytes: lsm + vlog,
	}
}

// ballast is room that is given up when the disk is full, so that Badger can finish what it has begun.
type ballast struct{ path string }

const ballastFile = "BALLAST"

// fill takes the room, if there is plenty.
func (b *ballast) fill(dir string, size int64) error {
	if size <= 0 {
		return nil
	}
	b.path = filepath.Join(dir, ballastFile)
	f, err := os.OpenFile(b.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(reserve(f, size), f.Close())
}

// drop gives the room up.
func (b *ballast) drop() error {
	if b.path == "" {
		return nil
	}
	return os.Truncate(b.path, 0)
}

// keepLoop looks after what no request does: the witness reaches the disk, the room on it is watched, and the journal
// is read through from time to time.
func (e *Engine) keepLoop() {
	defer e.done.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	scrub := time.NewTicker(max(e.o.ScrubEvery, time.Second))
	defer scrub.Stop()
	if e.o.ScrubEvery < 0 {
		scrub.Stop()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-e.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		select {
		case <-e.quit:
			return
		case <-tick.C:
			if err := e.witness.sync(); err != nil {
				e.fail("witness", err)
			}
			e.watchRoom()
		case <-scrub.C:
			if err := e.Scrub(ctx); err != nil && ctx.Err() == nil {
				e.o.Log.Error("the journal is damaged; make a backup now", "err", err)
			}
		}
	}
}

// watchRoom stops writing before the disk is full, and begins again when there is room.
func (e *Engine) watchRoom() {
	if e.o.MinFree < 0 {
		return
	}
	free, err := e.o.FS.Free(e.dir)
	if err != nil {
		return // a disk that cannot be asked shows itself by a failed write
	}
	e.mu.Lock()
	had := e.noRoom != nil
	switch {
	case free < e.o.MinFree:
		e.noRoom = fmt.Errorf("only %d MiB are free on the disk, %d are needed", free>>20, e.o.MinFree>>20)
	case free > e.o.MinFree+e.o.MinFree/4:
		e.noRoom = nil
	}
	has := e.noRoom != nil
	e.mu.Unlock()
	switch {
	case has && !had:
		e.o.Log.Error("the disk is nearly full: no more writes", "free_mib", free>>20)
		if err := e.ballast.drop(); err != nil {
			e.o.Log.Error("give up the ballast", "err", err)
		}
	case had && !has:
		e.o.Log.Info("there is room on the disk again", "free_mib", free>>20)
		if err := e.ballast.fill(e.dir, e.o.Ballast); err != nil {
			e.o.Log.Warn("take the ballast back", "err", err)
		}
	}
}

// Scrub reads the whole journal and checks every frame and the chain. Damage in an old segment harms nobody who reads,
// but Badger could not be rebuilt: the error says so, and a backup makes a store that is whole again.
func (e *Engine) Scrub(ctx context.Context) error {
	e.mu.Lock()
	durable := e.durable
	e.mu.Unlock()
	dir := filepath.Join(e.dir, journalDir)
	files, err := listSegments(e.o.FS, dir)
	if err != nil {
		return err
	}
	var head Head
	for _, first := range files {
		data, err := readFile(e.o.FS, segmentPath(dir, first))
		if err != nil {
			return err
		}
		for head.Number < durable.Number && len(data) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			f, rest, err := parseFrame(data)
			if err != nil {
				break
			}
			if f.seq != head.Number+1 || f.prev != head.Hash {
				return fmt.Errorf("%w: segment %016x: sequence %d does not follow %d", ErrDamaged, first, f.seq, head.Number)
			}
			head, data = Head{Number: f.seq, Hash: f.hash}, rest
		}
	}
	if head != durable {
		return fmt.Errorf("%w: the journal can be read up to %d of %d", ErrDamaged, head.Number, durable.Number)
	}
	return nil
}
