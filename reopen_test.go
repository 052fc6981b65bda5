package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tuppence/store"
)

// sickFS is the machine's file system, whose syncs fail while it is sick.
type sickFS struct {
	store.FS
	sick atomic.Bool
}

func (s *sickFS) OpenFile(name string, flag int, perm fs.FileMode) (store.File, error) {
	f, err := s.FS.OpenFile(name, flag, perm)
	return sickFile{f, s}, err
}

type sickFile struct {
	store.File
	fs *sickFS
}

func (f sickFile) Sync() error {
	if f.fs.sick.Load() {
		return errors.New("input/output error")
	}
	return f.File.Sync()
}

// A sync fails: every caller that waited is told that nothing is known, and the service closes its books, opens and
// audits them, and goes on under the same addresses by itself.
func TestBooksAreOpenedAgain(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	disk := &sickFS{FS: store.SystemFS()}
	c := Config{
		Data: filepath.Join(
			t.TempDir(), "data",
		), HTTP: anyPort, SSH: anyPort, Shop: anyPort, Host: "localhost", Name: "tuppence", Log: "error", Rate: 1000,
	}
	ctx, stop := context.WithCancel(t.Context())
	logs, w := io.Pipe()
	var serving sync.WaitGroup
	serving.Go(func() {
		defer w.Close()
		c.Log = "info"
		if err := serve(ctx, c, true, io.Discard, w, disk); err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	lines := make(chan string, 1000) // the service must not wait for the reader of its log
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(logs); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	await := func(what string) string {
		for line := range lines {
			if strings.Contains(line, what) {
				return line
			}
		}
		t.Fatalf("the service never said %q", what)
		return ""
	}
	address := listening.FindStringSubmatch(await("msg=listening"))[1]
	key, err := os.ReadFile(filepath.Join(c.Data, demoVendorKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	offer := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/v1/offers",
			strings.NewReader(`{"title":"A word","kind":"service","price":{"amount":"0.01","currency":"EUR"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	disk.sick.Store(true)
	got := make(chan int)
	go func() { got <- offer() }()
	await("takes no more writes")
	disk.sick.Store(false)
	if status := <-got; status != http.StatusServiceUnavailable {
		t.Errorf("status %d while the disk is sick, want 503", status)
	}
	await("they are opened again")
	await("clean: ")
	again := listening.FindStringSubmatch(await("msg=listening"))[1]
	if again != address {
		t.Errorf("it came back at %s, and was at %s", again, address)
	}
	if status := offer(); status != http.StatusCreated {
		t.Errorf("status %d afterwards, want 201", status)
	}
	stop()
	serving.Wait()
}
