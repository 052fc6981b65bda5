package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// The witness is a file outside the journal that knows how far the journal went. Without it a start could not tell a
// journal that lost its last frames from one that never had them.
//
// Two slots are written in turn, after each sync of the journal and before the answers. The file is synced a moment
// later and at close: it is exact after a kill, and at most a moment old after a power cut.
type witness struct {
	mu    sync.Mutex // the syncer sets, the keeper syncs
	file  File
	turn  int64
	dirty bool
}

const (
	witnessFile = "HEAD"
	slotSize    = 4096
	slotBytes   = 8 + 8 + 32 + 4
)

// slotMagic begins a slot: zero bytes, which a new file has, are none.
var slotMagic = []byte("TPhead1\n")

// slotOf is what a slot holds. Its checksum tells a slot that a power cut has torn: the other one counts then.
func slotOf(h Head) []byte {
	b := append([]byte(nil), slotMagic...)
	b = binary.BigEndian.AppendUint64(b, h.Number)
	b = append(b, h.Hash[:]...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// readWitness returns the newest head that the file knows; found is false if there is no slot that can be read.
func readWitness(fsys FS, dir string) (h Head, found bool, err error) {
	f, err := fsys.OpenFile(filepath.Join(dir, witnessFile), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	for i := range int64(2) {
		b := make([]byte, slotBytes)
		if _, err := f.ReadAt(b, i*slotSize); err != nil && !errors.Is(err, io.EOF) {
			return h, false, errors.Join(err, f.Close())
		}
		if string(b[:8]) != string(slotMagic) ||
			crc32.Checksum(b[:slotBytes-4], castagnoli) != binary.BigEndian.Uint32(b[slotBytes-4:]) {
			continue
		}
		if n := binary.BigEndian.Uint64(b[8:]); !found || n > h.Number {
			h, found = Head{Number: n, Hash: hash(b[16:])}, true
		}
	}
	return h, found, f.Close()
}

// openWitness opens the file for writing and puts h into both slots.
func openWitness(fsys FS, dir string, h Head) (*witness, error) {
	f, err := fsys.OpenFile(filepath.Join(dir, witnessFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	w := &witness{file: f}
	if err := w.finalize(h); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return w, nil
}

// set writes h into the older slot.
func (w *witness) set(h Head) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.file.WriteAt(slotOf(h), w.turn*slotSize)
	w.turn, w.dirty = w.turn^1, true
	return err
}

// sync brings what was set to the disk. The syncer does not wait for it.
func (w *witness) sync() error {
	w.mu.Lock()
	dirty := w.dirty
	w.dirty = false
	w.mu.Unlock()
	if !dirty {
		return nil
	}
	return w.file.Sync()
}

// finalize writes h into both slots, one after the other, so that one damaged slot does no harm.
func (w *witness) finalize(h Head) error {
	for range 2 {
		if err := w.set(h); err != nil {
			return err
		}
		if err := w.sync(); err != nil {
			return err
		}
	}
	return nil
}

// close does not sync: finalize has done so in an orderly end, and any other end is like a kill.
func (w *witness) close() error { return w.file.Close() }
