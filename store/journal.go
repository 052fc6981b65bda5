package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// journal appends frames to segment files. A segment is named by the sequence of its first frame, in 16 hexadecimal
// digits. Behind the last frame a segment holds zero bytes, written beforehand, so that most syncs need not write the
// file's metadata too.
//
// It has one user at a time: first recovery, then the syncer goroutine.
type journal struct {
	fs      FS
	dir     string
	archive string
	segment int64 // size at which the next file is begun

	file File
	off  int64 // where the next frame goes
	size int64 // of the file, zero bytes included
	head Head
	buf  []byte

	rotated bool // a file was begun since the syncer looked
}

// segmentSuffix is the end of the name of a segment. Other files in the directory are left alone.
const segmentSuffix = ".journal"

// errNotWritten wraps an error before which no byte of the frame reached a file: the batch certainly did not happen.
type errNotWritten struct{ error }

// Unwrap is the fault of the disk, for errors.Is.
func (e errNotWritten) Unwrap() error { return e.error }

// segmentPath is where the segment lies that begins with a sequence. Sixteen digits make names sort like numbers.
func segmentPath(dir string, first uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x", first)+segmentSuffix)
}

// listSegments returns the first sequences of all segments, in order.
func listSegments(fsys FS, dir string) ([]uint64, error) {
	names, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var firsts []uint64
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, segmentSuffix)
		if !ok {
			continue
		}
		first, err := strconv.ParseUint(digits, 16, 64)
		if err != nil || len(digits) != 16 {
			return nil, fmt.Errorf("%w: %s is no name of a segment", ErrDamaged, name)
		}
		firsts = append(firsts, first)
	}
	return firsts, nil // names sort like numbers
}

// segmentFile is a file of the journal, in its directory or in the archive.
type segmentFile struct {
	dir   string
	first uint64
}

// path is the file's name with its directory.
func (s segmentFile) path() string { return segmentPath(s.dir, s.first) }

// allSegments returns the files of the journal in order: those in dir, and what the archive has before them.
func allSegments(fsys FS, dir, archive string) ([]segmentFile, error) {
	here, err := listSegments(fsys, dir)
	if err != nil {
		return nil, err
	}
	var all []segmentFile
	if archive != "" {
		old, err := listSegments(fsys, archive)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, first := range old {
			if len(here) > 0 && first < here[0] {
				all = append(all, segmentFile{archive, first})
			}
		}
	}
	for _, first := range here {
		all = append(all, segmentFile{dir, first})
	}
	return all, nil
}

// append makes one frame durable. After an error nothing more may be appended.
func (j *journal) append(l *layer) error {
	if cap(j.buf) > 4<<20 {
		j.buf = nil
	}
	j.buf = beginFrame(j.buf[:0])
	l.finish()
	for _, r := range l.rows {
		j.buf = appendRow(j.buf, r.key, r.row)
	}
	var h hash
	j.buf, h = sealFrame(j.buf, frameRows, j.head.Number+1, j.head.Hash)
	if err := j.makeRoom(int64(len(j.buf))); err != nil {
		return errNotWritten{err}
	}
	if _, err := j.file.WriteAt(j.buf, j.off); err != nil {
		return err
	}
	// After a failed sync nothing is known about the pages, so it is not tried again; the next start reads what is there.
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.off += int64(len(j.buf))
	j.head = Head{Number: j.head.Number + 1, Hash: h}
	l.last, l.hash = j.head.Number, h
	return nil
}

// makeRoom begins a new segment when this one is full, and writes zero bytes ahead of the frames.
func (j *journal) makeRoom(n int64) error {
	if j.off > 0 && j.off+n > j.segment {
		if err := j.rotate(); err != nil {
			return err
		}
	}
	if j.off+n <= j.size {
		return nil
	}
	grow := n + min(max(j.off/4, 64<<10), 2<<20)
	size := min(j.off+grow, max(j.segment, j.off+n))
	for at := j.size; at < size; at += int64(len(zeros)) {
		if _, err := j.file.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return err
		}
	}
	j.size = size
	return nil
}

// zeros are what journals are filled up with.
var zeros [256 << 10]byte

// rotate begins the segment of the next sequence. What is in the old one is durable already.
func (j *journal) rotate() error {
	f, err := j.create(j.head.Number + 1)
	if err != nil {
		return err
	}
	if err := j.file.Close(); err != nil {
		return errors.Join(err, f.Close())
	}
	j.use(f, 0, 0)
	j.rotated = true
	return nil
}

// create makes an empty segment, and its name durable, before the first frame goes into it: otherwise a power cut could
// take a file whose frames were synced.
func (j *journal) create(first uint64) (File, error) {
	f, err := j.fs.OpenFile(segmentPath(j.dir, first), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := j.fs.SyncDir(j.dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// use goes on in a file at an offset; size is how far it is filled with zero bytes or frames.
func (j *journal) use(f File, off, size int64) { j.file, j.off, j.size = f, off, size }

// close gives the file back. Every frame in it was synced when it was appended.
func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
