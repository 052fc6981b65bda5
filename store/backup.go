package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A backup is a stream: magic, then chunks of rows, then an end mark. A chunk is its length (4 bytes), its rows in the
// form of a frame, and the SHA-256 of everything before, so that a broken or cut stream is noticed at the chunk. The
// end mark is a chunk of length 0 with the number of rows.
var backupMagic = []byte("tuppence backup 1\n")

// backupChunk is how many bytes of rows a chunk has at most, about.
const backupChunk = 256 << 10

// Backup writes one consistent state, while the store serves.
func (e *Engine) Backup(ctx context.Context, w io.Writer) error {
	return e.View(ctx, func(r Reader) error {
		out := bufio.NewWriterSize(w, 1<<20)
		sum := sha256.New()
		both := io.MultiWriter(out, sum)
		if _, err := both.Write(backupMagic); err != nil {
			return err
		}
		var rows []byte
		var count uint64
		chunk := func(body []byte) error {
			head := binary.BigEndian.AppendUint32(nil, uint32(len(rows)))
			if _, err := both.Write(append(head, body...)); err != nil {
				return err
			}
			_, err := out.Write(sum.Sum(nil))
			return err
		}
		for kv, err := range r.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			rows, count = appendRow(rows, string(kv.Key), row{value: kv.Value}), count+1
			if len(rows) >= backupChunk {
				if err := chunk(rows); err != nil {
					return err
				}
				rows = rows[:0]
			}
		}
		if len(rows) > 0 {
			if err := chunk(rows); err != nil {
				return err
			}
			rows = nil
		}
		if err := chunk(binary.BigEndian.AppendUint64(nil, count)); err != nil {
			return err
		}
		return out.Flush()
	})
}

// Restore makes a store in dir, which must not exist, from a backup. A stream that is damaged or not whole leaves
// nothing. begin, if not nil, is given the whole store before it gets its name: what it writes is there whenever the
// store is, and its error leaves nothing either.
func Restore(dir string, r io.Reader, o Options, begin func(Store) error) (err error) {
	if _, err := os.Stat(dir); err == nil {
		return fmt.Errorf("store: %s exists already", dir)
	}
	o.Archive = "" // it has the files of another journal
	temp := dir + ".restoring"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	e, err := Open(temp, o)
	if err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	err = e.takeBackup(bufio.NewReaderSize(r, 1<<20))
	if err == nil && begin != nil {
		err = begin(e)
	}
	if err := errors.Join(err, e.Close()); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	fsys := o.withDefaults().FS
	if err := fsys.Rename(temp, dir); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(dir))
}

// takeBackup reads a backup into this store, which is new. After each chunk comes the hash of all that came so far, and
// the last chunk, of length zero, says how many rows there were: so half a backup is found out.
func (e *Engine) takeBackup(r io.Reader) error {
	sum := sha256.New()
	both := io.TeeReader(r, sum)
	cut := func(err error) error { return fmt.Errorf("%w: the backup is not whole: %w", ErrDamaged, err) }
	magic := make([]byte, len(backupMagic))
	if _, err := io.ReadFull(both, magic); err != nil {
		return cut(err)
	}
	if !bytes.Equal(magic, backupMagic) {
		return fmt.Errorf("%w: this is no backup that this program can read", ErrDamaged)
	}
	var count uint64
	for {
		var head [4]byte
		if _, err := io.ReadFull(both, head[:]); err != nil {
			return cut(err)
		}
		n := binary.BigEndian.Uint32(head[:])
		size := int(n)
		if n == 0 {
			size = 8
		}
		if size > backupChunk+maxBytes+64 {
			return fmt.Errorf("%w: a chunk of %d bytes", ErrDamaged, n)
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(both, body); err != nil {
			return cut(err)
		}
		want := sum.Sum(nil)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil {
			return cut(err)
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%w: a checksum of the backup is wrong", ErrDamaged)
		}
		if n == 0 {
			if binary.BigEndian.Uint64(body) != count {
				return fmt.Errorf("%w: the backup promises %d rows and has %d", ErrDamaged, binary.BigEndian.Uint64(body), count)
			}
			return atEnd(r)
		}
		added, err := e.putRows(body)
		if err != nil {
			return err
		}
		count += added
	}
}

// atEnd refuses a stream that goes on.
func atEnd(r io.Reader) error {
	switch _, err := io.ReadFull(r, make([]byte, 1)); {
	case err == nil:
		return fmt.Errorf("%w: the backup has something behind its end", ErrDamaged)
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// putRows writes the rows of a chunk, in as many transactions as they need.
func (e *Engine) putRows(body []byte) (count uint64, err error) {
	var all []KV
	bytes := 0
	flush := func() error {
		err := e.Update(context.Background(), func(tx Tx) error {
			for _, kv := range all {
				if err := tx.Set(kv.Key, kv.Value); err != nil {
					return err
				}
			}
			return nil
		})
		all, bytes = nil, 0
		return err
	}
	err = eachRow(body, func(key string, r row) error {
		if size := len(key) + len(r.value); len(all) >= MaxWrites || (len(all) > 0 && bytes+size > maxBytes) {
			if err := flush(); err != nil {
				return err
			}
		}
		all, bytes, count = append(all, KV{[]byte(key), r.value}), bytes+len(key)+len(r.value), count+1
		return nil
	})
	if err != nil {
		return count, err
	}
	return count, flush()
}
