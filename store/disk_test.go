package store_test

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"tuppence/store"
)

// disk is a file system in memory that knows what has reached the platter. After a power cut each sector that was not
// synced is there or not, as chance has it; after a failed sync the system takes the sectors for written, as Linux
// does.
type disk struct {
	root string

	mu    sync.Mutex
	names map[string]*inode // as programs see them
	kept  map[string]*inode // names that were synced
	dead  bool
	room  int64

	// fault is asked before each operation: "sync", "syncdir", "write". What it returns happens.
	fault func(op, name string, data []byte) error
	// lies makes every sync do nothing and say it did.
	lies bool
}

type inode struct {
	isDir  bool
	data   []byte         // as programs see it
	synced []byte         // on the platter
	dirty  map[int]bool   // sectors to be synced
	limbo  map[int][]byte // sectors of a failed sync: on the platter or not, and no later sync brings them there
}

const sector = 512

var errDead = errors.New("the machine is off")

func newDisk(root string) *disk {
	return &disk{root: root, names: map[string]*inode{}, kept: map[string]*inode{}, room: 1 << 40}
}

func (d *disk) ask(op, name string, data []byte) error {
	switch {
	case d.dead:
		return errDead
	case d.fault != nil:
		return d.fault(op, name, data)
	}
	return nil
}

func (d *disk) OpenFile(name string, flag int, _ fs.FileMode) (store.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return nil, errDead
	}
	n, ok := d.names[name]
	if !ok {
		if flag&os.O_CREATE == 0 {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		n = &inode{dirty: map[int]bool{}, limbo: map[int][]byte{}}
		d.names[name] = n
	}
	if flag&os.O_TRUNC != 0 {
		n.data, n.dirty, n.limbo = nil, map[int]bool{}, map[int][]byte{}
	}
	return &openFile{d, n, name}, nil
}

func (d *disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.names[from]
	if !ok {
		return fs.ErrNotExist
	}
	delete(d.names, from)
	d.names[to] = n
	return nil
}

func (d *disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.names, name)
	return nil
}

// MkdirAll makes the directory on the real disk too, for what the engine does not put here.
func (d *disk) MkdirAll(name string, perm fs.FileMode) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for at := name; at != d.root; at = filepath.Dir(at) {
		if _, ok := d.names[at]; !ok {
			d.names[at] = &inode{isDir: true}
		}
	}
	return os.MkdirAll(name, perm)
}

func (d *disk) ReadDir(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.names[dir]; !ok && dir != d.root {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: fs.ErrNotExist}
	}
	var names []string
	for name := range d.names {
		if filepath.Dir(name) == dir {
			names = append(names, filepath.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (d *disk) SyncDir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ask("syncdir", dir, nil); err != nil || d.lies {
		return err
	}
	for name, n := range d.names {
		if filepath.Dir(name) == dir {
			d.kept[name] = n
		}
	}
	for name := range d.kept {
		if _, ok := d.names[name]; !ok && filepath.Dir(name) == dir {
			delete(d.kept, name)
		}
	}
	return nil
}

func (d *disk) Free(string) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.room, nil
}

type openFile struct {
	d    *disk
	n    *inode
	name string
}

func (f *openFile) ReadAt(b []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if off >= int64(len(f.n.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.n.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes the first half when it fails, unless the disk is full.
func (f *openFile) WriteAt(b []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	err := f.d.ask("write", f.name, b)
	if err != nil {
		b = b[:len(b)/2]
		if f.d.dead || isFull(err) {
			return 0, err
		}
	}
	f.n.data = grown(f.n.data, int(off)+len(b))
	copy(f.n.data[off:], b)
	for s := int(off) / sector; s*sector < int(off)+len(b); s++ {
		f.n.dirty[s] = true
	}
	return len(b), err
}

func grown(b []byte, size int) []byte {
	if size > len(b) {
		b = append(b, make([]byte, size-len(b))...)
	}
	return b
}

func (n *inode) sector(s int) []byte { return n.data[s*sector : min((s+1)*sector, len(n.data))] }

func (f *openFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	err := f.d.ask("sync", f.name, nil)
	if f.d.dead || f.d.lies {
		return err
	}
	if err == nil {
		f.n.synced = grown(f.n.synced, len(f.n.data))[:len(f.n.data)]
	}
	for s := range f.n.dirty {
		if err != nil {
			f.n.limbo[s] = slices.Clone(f.n.sector(s))
			continue
		}
		copy(f.n.synced[s*sector:], f.n.sector(s))
		delete(f.n.limbo, s)
	}
	f.n.dirty = map[int]bool{}
	return err
}

func (f *openFile) Size() (int64, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return int64(len(f.n.data)), nil
}

func (f *openFile) Close() error { return nil }

// cut turns the machine off and returns the disk as the next start finds it.
func (d *disk) cut(r *rand.Rand) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
	next := newDisk(d.root)
	odds := r.Float64() // how much the system wrote by itself
	names := map[string]*inode{}
	for name, n := range d.kept {
		if _, ok := d.names[name]; ok || r.Float64() > odds { // a removal may have got lost
			names[name] = n
		}
	}
	for name, n := range d.names {
		if _, ok := names[name]; !ok && r.Float64() < odds {
			names[name] = n
		}
	}
	for name, n := range names {
		if !reachable(names, d.root, name) {
			continue
		}
		m := &inode{isDir: n.isDir, data: slices.Clone(n.synced), dirty: map[int]bool{}, limbo: map[int][]byte{}}
		for s, old := range n.limbo {
			if r.Float64() < odds {
				m.data = grown(m.data, s*sector+len(old))
				copy(m.data[s*sector:], old)
			}
		}
		for s := range n.dirty {
			if r.Float64() < odds {
				m.data = grown(m.data, s*sector+len(n.sector(s)))
				copy(m.data[s*sector:], n.sector(s))
			}
		}
		m.synced = slices.Clone(m.data)
		next.names[name], next.kept[name] = m, m
	}
	return next
}

func reachable(names map[string]*inode, root, name string) bool {
	for at := filepath.Dir(name); at != root && strings.HasPrefix(at, root); at = filepath.Dir(at) {
		if _, ok := names[at]; !ok {
			return false
		}
	}
	return true
}
