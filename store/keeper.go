package store

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// counters are what Stats tells.
type counters struct {
	functions, refused, busy, batches, journalBytes, rows atomic.Uint64
}

// Stats are figures of a running engine.
type Stats struct {
	Functions, Refused, Busy, Batches uint64
	JournalBytes, Rows                uint64 // written to the journal since the store was opened
	Waiting                           int    // functions in the queue
	Unapplied                         int64  // bytes of durable rows that Badger does not have yet
	Segments                          int    // files of the journal that are not in the archive
	IndexBytes                        int64  // of Badger's tables
	FilterReady                       bool   // the filter of Options.MostlyAbsent was read through
	FilterBytes                       int64  // memory that it takes
	FilterSaved                       uint64 // looks into Badger that it made needless
	Leaps                             uint64 // runs of deleted rows that scans went over at once
	Damage                            error  // what the last scrub found, nil: nothing
}

// Stats returns the figures as they are now.
func (e *Engine) Stats() Stats {
	size, leaps := sizeOf(e.index), e.gaps.leapt()
	e.mu.Lock()
	defer e.mu.Unlock()
	return Stats{
		Functions: e.counters.functions.Load(), Refused: e.counters.refused.Load(), Busy: e.counters.busy.Load(),
		Batches: e.counters.batches.Load(), JournalBytes: e.counters.journalBytes.Load(), Rows: e.counters.rows.Load(),
		Waiting: len(e.queue), Unapplied: e.unapplied, Segments: e.segments, IndexBytes: size, Damage: e.damage,
		FilterReady: e.filter.stored.Load() != nil, FilterBytes: e.filter.size.Load(), FilterSaved: e.filter.saved.Load(),
		Leaps: leaps,
	}
}

// sizeOf adds up the tables in Badger's directory; one that is dropped meanwhile does not count.
func sizeOf(dir string) (size int64) {
	names, _ := named(dir, ".sst")
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	return size
}

// ballast is room that is given up when the disk is full, so that Badger can finish what it has begun, or start.
type ballast struct {
	path string
	size int64
}

// ballastFile lies beside the journal, because it has to free room on the same disk.
const ballastFile = "BALLAST"

// fill takes the room.
func (b ballast) fill() error {
	if b.size <= 0 {
		return nil
	}
	f, err := os.OpenFile(b.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(reserve(f, b.size), f.Close())
}

// held is how much of the room is taken.
func (b ballast) held() int64 {
	info, err := os.Stat(b.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// drop gives the room up.
func (b ballast) drop() error {
	if b.held() == 0 {
		return nil
	}
	return os.Truncate(b.path, 0)
}

// keepLoop looks after what no request does: the witness reaches the disk, and the room on it is watched.
func (e *Engine) keepLoop() {
	defer e.done.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-e.quit:
			return
		case <-tick.C:
			if err := e.witness.sync(); err != nil {
				e.fail("witness", err)
			}
			e.watchRoom()
		}
	}
}

// watchRoom stops updates before the disk is full, Badger when it is, and begins again when there is room.
func (e *Engine) watchRoom() {
	e.room.Lock()
	defer e.room.Unlock()
	free, err := e.o.FS.Free(e.dir)
	if err != nil {
		return // a disk that cannot be asked shows itself by a failed write
	}
	least := max(e.o.MinFree, 0)
	enough := least + least/4
	e.mu.Lock()
	had, wasTight := e.noRoom != nil, e.tight
	switch {
	case free < least:
		e.noRoom = fmt.Errorf("only %d MiB are free on the disk, %d are needed", free>>20, least>>20)
	case free >= enough:
		e.noRoom = nil
	}
	e.tight = free < least/8
	has, isTight := e.noRoom != nil, e.tight
	e.progress.Broadcast()
	e.mu.Unlock()
	if isTight {
		e.dropBallast()
	}
	if wasTight && !isTight {
		e.wakeFollower()
	}
	switch {
	case has && !had:
		e.o.Log.Error("the disk is nearly full: no more writes", "free_mib", free>>20)
	case had && !has:
		e.o.Log.Info("there is room on the disk again", "free_mib", free>>20)
	}
	if !has && e.ballast.held() < e.ballast.size && free >= enough+e.ballast.size {
		if err := e.ballast.fill(); err != nil {
			e.o.Log.Warn("take the ballast", "err", err)
		}
	}
}

// dropBallast logs what goes wrong and goes on: the room is looked at again in a second.
func (e *Engine) dropBallast() {
	if err := e.ballast.drop(); err != nil {
		e.o.Log.Error("give up the ballast", "err", err)
	}
}

// outOfRoom is for a disk that was full before anybody saw it coming: the batch did not happen, and neither will those
// that were decided on it. The keeper finds out when there is room again.
func (e *Engine) outOfRoom(err error) {
	e.o.Log.Error("the disk is full: no more writes for now", "err", err)
	e.mu.Lock()
	e.noRoom, e.inFlight = err, nil
	e.undone++
	e.mu.Unlock()
	e.dropBallast()
}
