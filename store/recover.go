package store

import (
	"errors"
	"fmt"
	"os"
)

// errPosition says that Badger is not what the journal says it is; it is then built anew.
var errPosition = errors.New("store: the journal has another batch at the position of Badger")

// recovery reads the journal from the segment in which Badger's position lies.
type recovery struct {
	j       *journal
	from    Head // Badger has everything up to here
	witness Head
	visit   func(frame) error // called with each frame after from
	cut     int64             // bytes of a torn frame that were removed
	// readOnly repairs nothing: a torn end is left where it is.
	readOnly bool
}

// run checks the frames, visits those Badger lacks, repairs the end, and leaves the journal ready to append.
func (r *recovery) run() error {
	j := r.j
	files, err := allSegments(j.fs, j.dir, j.archive)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%w: there is no journal", ErrDamaged)
	}
	start := 0
	for i, file := range files {
		if file.first <= max(r.from.Number, 1) {
			start = i
		}
	}
	if first := files[start].first; first > max(r.from.Number, 1) {
		return fmt.Errorf(
			"%w: the index has %d, the journal begins at %d: where is its archive?", ErrDamaged, r.from.Number, first,
		)
	}
	// The hash of the frame before is not known when the first files are left out; frames takes the first one on trust and
	// the chain from there.
	j.head = Head{Number: files[start].first - 1}
	for i := start; i < len(files); i++ {
		if files[i].first != j.head.Number+1 {
			return fmt.Errorf(
				"%w: segment %016x follows sequence %d: a file of the journal or its archive is missing", ErrDamaged,
				files[i].first, j.head.Number,
			)
		}
		if err := r.segment(files[i], i == start, i == len(files)-1); err != nil {
			return err
		}
	}
	if j.head.Number < r.witness.Number {
		return fmt.Errorf("%w: the journal ends at %d, but %d was durable", ErrDamaged, j.head.Number, r.witness.Number)
	}
	if j.head.Number < r.from.Number { // Badger gets a batch after it was durable
		return fmt.Errorf("%w: the journal ends at %d, but the index has %d", ErrDamaged, j.head.Number, r.from.Number)
	}
	return nil
}

// segment reads one file. What follows its sound frames has to be zero bytes, but in the last file it may be the frame
// that a crash has torn: that one is repaired, and only if nothing durable is missing and no sound frame lies behind
// it.
func (r *recovery) segment(file segmentFile, isStart, isLast bool) error {
	name, first := file.path(), file.first
	data, err := readFile(r.j.fs, name)
	if err != nil {
		return err
	}
	off, fresh, err := r.frames(data, isStart)
	if err != nil {
		return fmt.Errorf("segment %016x: %w", first, err)
	}
	rest := data[off:]
	if allZero(rest) {
		rest = nil
	}
	switch {
	case !isLast && rest != nil:
		return fmt.Errorf("%w: segment %016x at %d, behind sequence %d", ErrDamaged, first, off, r.j.head.Number)
	case !isLast:
		return nil
	case rest != nil && hasFrame(rest, r.j.head.Number+1):
		return fmt.Errorf("%w: segment %016x at %d: sound frames lie behind", ErrDamaged, first, off)
	case r.readOnly, r.j.head.Number < max(r.witness.Number, r.from.Number):
		return nil // run refuses a journal that is too short; nothing may be repaired before
	}
	return r.repair(name, data, off, fresh, len(rest) > 0)
}

// frames walks over the sound frames at the start of a segment. It returns where they end, and where the first one
// begins that is later than the witness.
func (r *recovery) frames(data []byte, isStart bool) (off, fresh int64, err error) {
	fresh = -1
	rest := data
	for {
		f, next, err := parseFrame(rest)
		if err != nil {
			break
		}
		j := r.j
		if f.kind != frameRows || f.seq != j.head.Number+1 {
			return 0, 0, fmt.Errorf("%w: sequence %d follows %d", ErrDamaged, f.seq, j.head.Number)
		}
		unknown := isStart && len(rest) == len(data) && f.seq > 1 // the frame before was not read
		if !unknown && f.prev != j.head.Hash {
			return 0, 0, fmt.Errorf("%w: the hash chain is broken at %d", ErrDamaged, f.seq)
		}
		if f.seq == r.witness.Number && f.hash != r.witness.Hash {
			return 0, 0, fmt.Errorf("%w: %d is not what was durable", ErrDamaged, f.seq)
		}
		if f.seq == r.from.Number && f.hash != r.from.Hash {
			return 0, 0, errPosition
		}
		if fresh < 0 && f.seq > r.witness.Number {
			fresh = int64(len(data) - len(rest))
		}
		j.head = Head{Number: f.seq, Hash: f.hash}
		rest = next
		if f.seq > r.from.Number {
			if err := r.visit(f); err != nil {
				return 0, 0, err
			}
		}
	}
	off = int64(len(data) - len(rest))
	if fresh < 0 {
		fresh = off
	}
	return off, fresh, nil
}

// hasFrame says whether a sound frame later than the damaged one lies in data: then more was cut than a crash can cut,
// because a frame is synced before the next one is written.
func hasFrame(data []byte, damaged uint64) bool {
	most := damaged + uint64(len(data)/frameHeader)
	for off := frameAlign; off+frameHeader <= len(data); off += frameAlign {
		if [4]byte(data[off:off+4]) != frameMagic {
			continue
		}
		if f, _, err := parseFrame(data[off:]); err == nil && f.seq > damaged && f.seq <= most {
			return true
		}
	}
	return false
}

// repair writes the end of the last segment once more and syncs it. After a kill or a failed sync the frames that were
// just read may be in memory only; what is written again is surely on the disk after the sync. A torn frame becomes
// zero bytes.
func (r *recovery) repair(name string, data []byte, off, fresh int64, torn bool) error {
	f, err := r.j.fs.OpenFile(name, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	end := off
	if torn {
		r.cut = int64(len(data)) - off
		clear(data[off:])
		end = int64(len(data))
	}
	if end > fresh {
		_, err = f.WriteAt(data[fresh:end], fresh)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r.j.use(f, off, int64(len(data)))
	return nil
}
