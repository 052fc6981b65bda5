package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// FS is what the engine asks of a file system. Errors that mean "does not exist" match fs.ErrNotExist.
type FS interface {
	// OpenFile opens a file as os.OpenFile does.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Rename moves a file over another one.
	Rename(from, to string) error
	// Remove deletes one file.
	Remove(name string) error
	// MkdirAll makes a directory and its parents.
	MkdirAll(name string, perm fs.FileMode) error
	// ReadDir returns the names in a directory, sorted.
	ReadDir(dir string) ([]string, error)
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
	// Free is the room in bytes that is left where dir lies.
	Free(dir string) (int64, error)
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync makes what was written durable.
	Sync() error
	// Size is the length in bytes.
	Size() (int64, error)
}

// SystemFS is the file system of the machine.
func SystemFS() FS { return systemFS{} }

// systemFS is the file system of the machine.
type systemFS struct{}

// systemFile adds a Sync that suits the system: see fs_linux.go and fs_other.go.
type systemFile struct{ *os.File }

// OpenFile opens a file as os.OpenFile does.
func (systemFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm) //nolint:gosec // names come from the engine
	if err != nil {
		return nil, err
	}
	return systemFile{f}, nil
}

func (systemFS) Rename(from, to string) error                 { return os.Rename(from, to) }
func (systemFS) Remove(name string) error                     { return os.Remove(name) }
func (systemFS) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(name, perm) }

// ReadDir returns names in order, as os.ReadDir does: names of segments sort like their numbers.
func (systemFS) ReadDir(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// SyncDir makes the names in a directory durable. A file that was synced itself may otherwise be without a name after a
// power cut.
func (systemFS) SyncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Size asks the file and not the directory: the name may be another file by now.
func (f systemFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// readFile reads a whole file.
func readFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	data := make([]byte, size)
	_, err = f.ReadAt(data, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return data, errors.Join(err, f.Close())
}

// writeFile makes a small file durable under its name, whole or not at all.
func writeFile(fsys FS, dir, name string, data []byte) error {
	temp := filepath.Join(dir, name+".new")
	f, err := fsys.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(temp, filepath.Join(dir, name)); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// makeDir makes a directory and its parents, and makes their names durable.
func makeDir(fsys FS, dir string) error {
	var grown []string // directories that get a new name
	for at := dir; ; at = filepath.Dir(at) {
		_, err := fsys.ReadDir(at)
		if err == nil || at == filepath.Dir(at) {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		grown = append(grown, filepath.Dir(at))
	}
	if err := fsys.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range grown {
		if err := fsys.SyncDir(parent); err != nil {
			return err
		}
	}
	return nil
}

// allZero says whether nothing but zero bytes is in data.
func allZero(data []byte) bool {
	for _, b := range data {
		if b != 0 {
			return false
		}
	}
	return true
}
