package storetest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tuppence/store"
)

// TestFullDisk fills a small file system of its own: sales are refused with a word before it is full, reads go on when
// not one byte is left, a start on the full disk serves reads, and with room again sales go on by themselves.
func TestFullDisk(t *testing.T) {
	const mib = 1 << 20
	root := filepath.Join(t.TempDir(), "mnt")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: mounts a tmpfs of 160 MiB")
	}
	mount := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", root)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("cannot mount a tmpfs: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", root).Run(); err != nil {
			t.Errorf("umount: %v", err)
		}
	})
	small := store.Options{
		Segment: 4 * mib, MinFree: 48 * mib, Ballast: 16 * mib, MemTable: 16 * mib,
		MaxUnapplied: 4 * mib,
	}
	dir := filepath.Join(root, "books")
	s, err := store.Open(dir, small)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	check := func() {
		t.Helper()
		rows, err := rowsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		for name := range names {
			if !rows[name] {
				t.Fatalf("%s was answered and is lost", name)
			}
		}
	}
	sell := func(life string) (n int, err error) { // until it is refused, or 100 MiB
		for ; n < 20_000; n++ {
			name := fmt.Sprintf("row/%s/%d", life, n)
			err := s.Update(t.Context(), func(tx store.Tx) error {
				pad := make([]byte, 5000)
				for i := range pad {
					pad[i] = byte(rand.Uint32())
				}
				return errors.Join(writeRow(name)(tx), tx.Set([]byte("pad/"+name), pad))
			})
			if err != nil {
				return n, err
			}
			names[name] = true
		}
		return n, nil
	}
	if n, err := sell("first"); !errors.Is(err, store.ErrReadOnly) || n == 0 {
		t.Fatalf("%d rows, then %v; want ErrReadOnly", n, err)
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	filler := filepath.Join(root, "filler")
	fillDisk(t, root, filler, 160*mib)
	s, err = store.Open(dir, small) // the ballast makes room
	if err != nil {
		t.Fatalf("a start on a full disk: %v", err)
	}
	check()
	if _, err := sell("no"); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a sale on a full disk: %v, want ErrReadOnly", err)
	}
	fillDisk(t, root, filler+"2", 160*mib) // and the ballast is gone too
	check()
	if _, err := sell("no"); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a sale without any room: %v, want ErrReadOnly", err)
	}
	if err := errors.Join(os.Remove(filler), os.Remove(filler+"2")); err != nil {
		t.Fatal(err)
	}
	bigger := exec.CommandContext(t.Context(), "mount", "-o", "remount,size=320m", root) // the books fill the old size
	if out, err := bigger.CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		if err = s.Update(t.Context(), writeRow("row/last")); err == nil {
			break
		}
		if !errors.Is(err, store.ErrReadOnly) || i > 500 {
			t.Fatalf("a sale with room again: %v", err)
		}
		<-tick.C
	}
	names["row/last"] = true
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// fillDisk writes at most limit bytes, and only while root is a file system of its own.
func fillDisk(t *testing.T, root, name string, limit int) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "mountpoint", "-q", root).Run(); err != nil {
		t.Fatalf("%s is not mounted: %v", root, err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	for n := 0; n < limit && err == nil; n += len(block) {
		_, err = f.Write(block)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk took %d bytes: %v", limit, err)
	}
}
