package files

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/pkg/sftp"
)

var (
	// errReadOnly refuses whatever would change something.
	errReadOnly = worded{
		sftp.ErrSSHFxPermissionDenied, "Files are only read here. What changes something is a command: help lists them.",
	}
	errOneOpen = worded{sftp.ErrSSHFxFailure, "One file is open at a time: close the other one first."}
)

// Fileread opens a file. For what was bought this counts a view.
func (h *handlers) Fileread(r *sftp.Request) (out io.ReaderAt, err error) {
	err = h.do("open", func() error {
		if h.hasOpen() {
			return errOneOpen
		}
		f, err := h.find(r.Filepath)
		if err != nil {
			return err
		}
		if f.read == nil {
			return refused(sftp.ErrSSHFxFailure, "This is a directory.")
		}
		content, err := f.read(h.t.ctx)
		if err != nil {
			return err
		}
		f.size = len(content)
		o := &opened{h: h, path: r.Filepath, file: f, Reader: bytes.NewReader(content)}
		h.setOpened(o)
		out = o
		return nil
	})
	return out, err
}

// Filewrite takes a file for the inbox, and refuses all others.
func (h *handlers) Filewrite(r *sftp.Request) (out io.WriterAt, err error) {
	err = h.do("write", func() error {
		u, err := h.begins(r)
		if err == nil {
			out = u
		}
		return err
	})
	return out, err
}

// Filecmd refuses to change names, rights and times. Those of a file that is on its way into the inbox mean nothing
// there: many clients set them by themselves, and would take a refusal for that of the file. Its size they set, too:
// scp cuts off what may have been there before.
func (h *handlers) Filecmd(r *sftp.Request) error {
	return h.do("change", func() error {
		u := h.uploads(r.Filepath)
		if r.Method != "Setstat" || u == nil {
			return errReadOnly
		}
		if r.AttrFlags().Size && len(r.Attrs) >= 8 { // the size comes first; the others are not read
			u.cut(binary.BigEndian.Uint64(r.Attrs))
		}
		return nil
	})
}

// Filelist lists a directory, or tells of one file. There are no links.
func (h *handlers) Filelist(r *sftp.Request) (out sftp.ListerAt, err error) {
	err = h.do("list", func() error {
		switch r.Method {
		case "List":
			d, err := h.listed(r.Filepath)
			out = d
			return err
		case "Stat", "Lstat":
			f, err := h.find(r.Filepath)
			if u := h.uploads(r.Filepath); u != nil {
				f, err = u.about(), nil
			}
			if o := h.opened(); o != nil && o.path == r.Filepath {
				f, err = o.file, nil
			}
			if err == nil {
				out = lister{f.about()}
			}
			return err
		}
		return errNoLinks
	})
	return out, err
}

// listed opens a directory.
func (h *handlers) listed(dir string) (*directory, error) {
	d, err := h.t.find(dir)
	if err != nil {
		return nil, err
	}
	if d.read != nil {
		return nil, refused(sftp.ErrSSHFxFailure, "This is no directory.")
	}
	all, err := h.t.list(dir)
	if err != nil {
		return nil, err
	}
	if dir == inboxDir {
		all = append(append([]*file{}, all...), h.files(h.t)...)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dirs == mostDirs {
		return nil, refused(sftp.ErrSSHFxFailure, "Too many directories are open: close one first.")
	}
	h.dirs++
	l := make(lister, len(all))
	for i, f := range all {
		l[i] = f.about()
	}
	return &directory{lister: l, h: h}, nil
}

// find finds a file, also among the drafts.
func (h *handlers) find(name string) (*file, error) {
	f, err := h.t.find(name)
	if dir, base := path.Split(name); errors.Is(err, errMissing) && dir == inboxDir+"/" {
		for _, d := range h.files(h.t) {
			if d.name == base {
				return d, nil
			}
		}
	}
	return f, err
}

// hasOpen reports whether a file is open, to be read or written.
func (h *handlers) hasOpen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open != nil || h.puts != nil
}

func (h *handlers) opened() *opened {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open
}

func (h *handlers) setOpened(o *opened) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = o
}

// opened is the file that is open. Reads of its bytes come from several goroutines.
type opened struct {
	*bytes.Reader
	h    *handlers
	path string
	file *file
}

// Close implements io.Closer.
func (o *opened) Close() error {
	o.h.setOpened(nil)
	return nil
}

// lister is a list that was made.
type lister []fs.FileInfo

// ListAt implements sftp.ListerAt.
func (l lister) ListAt(to []fs.FileInfo, from int64) (int, error) {
	if from < 0 || from >= int64(len(l)) {
		return 0, io.EOF
	}
	n := copy(to, l[from:])
	if n < len(to) {
		return n, io.EOF
	}
	return n, nil
}

// directory is one that is open.
type directory struct {
	lister
	h *handlers
}

// Close implements io.Closer.
func (d *directory) Close() error {
	d.h.mu.Lock()
	defer d.h.mu.Unlock()
	d.h.dirs--
	return nil
}

// info is what was known of a file when it was asked for: the library writes it later, beside the next request.
type info struct{ file }

// about is what is known of a file now.
func (f *file) about() fs.FileInfo { return info{*f} }

// Name implements fs.FileInfo, as do those below.
func (i info) Name() string { return i.name }

// Size is what is known.
func (i info) Size() int64 { return int64(i.size) }

// ModTime is when it came to be.
func (i info) ModTime() time.Time { return i.at.UTC() }

// IsDir tells directories from files.
func (i info) IsDir() bool { return i.read == nil }

// Sys has nothing.
func (i info) Sys() any { return nil }

// Mode lets its owner read.
func (i info) Mode() os.FileMode {
	switch {
	case i.writable:
		return fs.ModeDir | 0o700
	case i.IsDir():
		return fs.ModeDir | 0o500
	}
	return 0o400
}
