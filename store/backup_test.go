package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A backup ends with its last chunk: whatever lies behind it was not written by Backup, so something went wrong.
func TestRestoreWithMoreBehind(t *testing.T) {
	e := opened(t, filepath.Join(t.TempDir(), "books"), quiet)
	fillRows(t, e, 0, 20)
	var backup bytes.Buffer
	if err := e.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	closed(t, e)
	for what, more := range map[string][]byte{"a byte": {0}, "itself": backup.Bytes()} {
		dir := filepath.Join(t.TempDir(), "restored")
		err := Restore(dir, bytes.NewReader(append(bytes.Clone(backup.Bytes()), more...)), quiet, nil)
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "behind its end") {
			t.Errorf("%s: %v, want ErrDamaged", what, err)
		}
		if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind: %v, %v", what, left, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if err := Restore(dir, &backup, quiet, nil); err != nil {
		t.Fatal(err)
	}
	e = opened(t, dir, quiet)
	wantRows(t, e, 20)
	closed(t, e)
}
