package storetest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tuppence/store"
)

// TestBitFlips changes one bit somewhere in the directory of a store and starts it in a process of its own. Whatever
// the store makes of that, rows that were answered must not be missing or different without a word.
func TestBitFlips(t *testing.T) {
	verdicts := flips(t, "journal", rounds(32, 400), "")
	t.Logf("%v", verdicts)
	if verdicts["silent"]+verdicts["died twice"] > 0 {
		t.Errorf("%d of the flips were silent, %d killed a second start too", verdicts["silent"], verdicts["died twice"])
	}
}

// TestBitFlipsControl shows that such a loss would be found: the naive engine rolls back at a flip in its log.
func TestBitFlipsControl(t *testing.T) {
	if testing.Short() {
		t.Skip("a control needs no repetition")
	}
	verdicts := flips(t, "naive", 8, ".mem")
	t.Logf("%v", verdicts)
	if verdicts["silent"] == 0 {
		t.Error("no flip in the log of the naive engine lost anything: the test does not see losses")
	}
}

// flips makes an image of a store that is running and one of a store that was closed, and flips bits in copies of them.
func flips(t *testing.T, engine string, n int, suffix string) map[string]int {
	t.Helper()
	work := filepath.Join(t.TempDir(), "store")
	images := []string{filepath.Join(t.TempDir(), "running"), filepath.Join(t.TempDir(), "closed")}
	names := fill(t, engine, work, images)
	r := rand.New(rand.NewPCG(11, uint64(n)))
	verdicts := map[string]int{}
	for i := range n {
		dir := filepath.Join(t.TempDir(), "flipped")
		if suffix != "" {
			copyTree(t, images[0], dir)
		} else {
			copyTree(t, images[i%2], dir)
		}
		where := flip(t, r, dir, suffix)
		v, why := verdict(t, engine, dir, names)
		if v == "died" { // a start in a process of its own has to be survived by the next one
			if v, why = verdict(t, engine, dir, names); v == "died" {
				v = "died twice"
			} else if v != "silent" {
				v = "died, then " + v
			}
		}
		verdicts[v]++
		if v == "silent" && engine != "naive" {
			t.Errorf("flip %d, %s: %s", i, where, why)
		} else if testing.Verbose() {
			t.Logf("flip %d, %s: %s %s", i, where, v, why)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	return verdicts
}

// fill writes rows in several lives of a store and leaves the two images.
func fill(t *testing.T, engine, work string, images []string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for life := range 3 {
		s := open(t, engine, work)
		for i := range 120 {
			if err := s.Update(t.Context(), func(tx store.Tx) error {
				for j := range 5 {
					if err := writeRow(fmt.Sprintf("row/%d/%d/%d", life, i, j))(tx); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for j := range 5 {
				names[fmt.Sprintf("row/%d/%d/%d", life, i, j)] = true
			}
		}
		if life == 2 {
			copyTree(t, work, images[0])
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	copyTree(t, work, images[1])
	return names
}

// verdict starts the store in a process of its own and says what came out.
func verdict(t *testing.T, engine, dir string, names map[string]bool) (verdict, why string) {
	t.Helper()
	cmd := child(t, "read", engine, dir)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	switch cmd.ProcessState.ExitCode() {
	case codeRight:
		got := strings.Fields(string(out))
		for _, name := range got {
			if !names[name] {
				return "silent", "row " + name + " was never written"
			}
		}
		if len(got) != len(names) {
			return "silent", fmt.Sprintf("%d rows of %d", len(got), len(names))
		}
		return "right", ""
	case codeRefused:
		return "refused", strings.TrimSpace(string(out))
	case codeWrong:
		return "silent", strings.TrimSpace(string(out))
	}
	text := string(exit.Stderr)
	return "died", text[:min(len(text), 300)]
}

// flip changes one bit of one file, mostly where there is more than zeros.
func flip(t *testing.T, r *rand.Rand, dir, suffix string) string {
	t.Helper()
	var files []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() == 0 {
			return err
		}
		files = append(files, path)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	path := files[r.IntN(len(files))]
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	at := int64(-1)
	if r.IntN(10) > 0 { // one in ten anywhere, also in room that is not used
		seen := int64(0)
		if err := pages(f, func(off int64, data []byte) error {
			for i, b := range data { // each byte that is not zero is as likely as any other
				if b != 0 {
					if seen++; r.Int64N(seen) == 0 {
						at = off + int64(i)
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if at < 0 {
		at = r.Int64N(info.Size())
	}
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1 << r.IntN(8)
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
	rel, _ := filepath.Rel(dir, path)
	return fmt.Sprintf("%s at %d of %d", rel, at, info.Size())
}

// copyTree copies a directory without its zeros: files of a store have much room that is not used yet.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return copyFile(path, filepath.Join(to, rel))
	}); err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = pages(in, func(off int64, data []byte) error {
		_, err := out.WriteAt(data, off)
		return err
	})
	return errors.Join(err, out.Truncate(info.Size()), out.Close())
}

// pages visits the parts of a file that hold more than zeros. It steps over holes where the system tells them.
func pages(f *os.File, visit func(off int64, data []byte) error) error {
	const page = 4096
	const seekData = 3 // lseek(2), Linux
	zeros := string(make([]byte, page))
	buf := make([]byte, 64*page)
	for off := int64(0); ; {
		next, err := f.Seek(off, seekData)
		if errors.Is(err, syscall.ENXIO) {
			return nil // nothing but a hole is left
		}
		if err != nil {
			return err
		}
		off = next - next%page
		n, err := f.ReadAt(buf, off)
		for i := 0; i < n; i += page {
			if part := buf[i:min(i+page, n)]; string(part) != zeros[:len(part)] {
				if err := visit(off+int64(i), part); err != nil {
					return err
				}
			}
		}
		off += int64(n)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
