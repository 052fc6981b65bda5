package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tuppence/server/books"
	"tuppence/store"
)

// check audits the books and prints what it found. A running service audits a snapshot of its own, because only one
// process may open the books; books that no service has open are opened for reading only. errNotClean says that the
// audit found something, any other error that it could not be done.
func check(ctx context.Context, dir, archive string, out, errw io.Writer) error {
	if body, err := askRunning(ctx, dir, "/check"); err != nil {
		return err
	} else if body != nil {
		defer body.Close()
		return relayCheck(body, out)
	}
	o := store.Options{
		Archive: archive, Log: slog.New(slog.NewTextHandler(errw, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	return readBooks(dir, o, func(engine *store.Engine) error {
		clean, err := audit(ctx, engine, out, progressOn(errw))
		if err == nil && !clean {
			err = errNotClean
		}
		return err
	})
}

// readBooks opens the books of a directory for reading only. It refuses one without books. Opening would make new ones
// there, and an audit of those is clean: a mistyped path must not look like a good answer.
func readBooks(dir string, o store.Options, read func(*store.Engine) error) error {
	path := filepath.Join(dir, booksDir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there are no books in %s", dir)
	} else if err != nil {
		return err
	}
	o.ReadOnly = true
	engine, err := store.Open(path, o)
	if err != nil {
		return fmt.Errorf("open the books in %s: %w", dir, err)
	}
	return errors.Join(read(engine), engine.Close())
}

// progressOn shows how far an audit is, to a person at a terminal; nil for a file or a pipe, where it would be noise.
func progressOn(w io.Writer) func(done, all uint64) {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(done, all uint64) {
		if done%(32<<10) == 0 {
			_, _ = fmt.Fprintf(w, "\r%d of %d entries ", done, all)
		}
		if done == all {
			_, _ = fmt.Fprint(w, "\r\x1b[K")
		}
	}
}

// audit recomputes every balance from the entries and compares (claims 3 to 5 want records of all transactions): it
// writes the report and returns whether it is clean. It reads one snapshot, so sales may go on meanwhile.
func audit(ctx context.Context, s store.Store, out io.Writer, progress func(done, all uint64)) (clean bool, err error) {
	err = s.View(ctx, func(kv store.Reader) error {
		report, err := books.Audit(ctx, kv, progress)
		if err != nil {
			return err
		}
		clean = report.Clean()
		return writeReport(out, report)
	})
	return clean, err
}

// writeReport prints findings first, then what was covered: a clean report that does not say what was looked at proves
// nothing.
func writeReport(out io.Writer, r books.Report) error {
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(out, "FOUND %s: %s\n", f.Invariant, f.What); err != nil {
			return err
		}
	}
	if r.More > 0 {
		if _, err := fmt.Fprintf(out, "… and %d more\n", r.More); err != nil {
			return err
		}
	}
	for _, c := range r.Coverage {
		if _, err := fmt.Fprintln(out, c); err != nil {
			return err
		}
	}
	word := "clean"
	if !r.Clean() {
		word = fmt.Sprintf("NOT CLEAN, %d findings", uint64(len(r.Findings))+r.More)
	}
	_, err := fmt.Fprintf(out, "%s: %d entries, %d postings\n", word, r.Entries, r.Postings)
	return err
}

// backup writes a backup of one moment.
func backup(ctx context.Context, dir, archive, file string, out io.Writer) error {
	var n int64
	err := wholeFile(file, func(w io.Writer) (err error) {
		n, err = copyBackup(ctx, dir, archive, w)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(
		out, "%s: %d bytes. No secret is in it: keep copies of %s in another place.\n", file, n,
		fmt.Sprintf("%s, %s and %s", keyFiles(dir)...),
	)
	return err
}

// wholeFile writes a file that is the owner's alone. The order matters:
//
//  1. It is written under another name in the same directory, so that no half of it has the name of a whole one.
//  2. It is synced before it is moved: a name on the disk without its content would be worse than no file.
//  3. It is moved. An existing file is refused at the start, because it may be the only good copy.
func wholeFile(file string, write func(io.Writer) error) error {
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s exists already: choose another name", file)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".tuppence-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already if all went well
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// copyBackup writes the backup and returns its size in bytes: from the running service if there is one, else from the
// files.
func copyBackup(ctx context.Context, dir, archive string, w io.Writer) (int64, error) {
	body, err := askRunning(ctx, dir, "/backup")
	if err != nil {
		return 0, err
	}
	if body != nil {
		// A service that fails in the middle breaks the connection, so a short body is an error here.
		defer body.Close()
		n, err := io.Copy(w, body)
		if err != nil {
			return n, fmt.Errorf("the service broke the backup off: %w", err)
		}
		return n, nil
	}
	count := &counter{w: w}
	err = readBooks(dir, store.Options{Archive: archive}, func(engine *store.Engine) error {
		return engine.Backup(ctx, count)
	})
	return count.n, err
}

// keyFiles are what an operator keeps apart from the backups: secret, host key, operator's key.
func keyFiles(dir string) []any {
	return []any{filepath.Join(dir, secretFile), filepath.Join(dir, hostKeyFile), filepath.Join(dir, operatorFile)}
}

// counter counts the bytes that go through it.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// restore makes books from a backup in a directory that has none, and audits them: the operator learns now, and not at
// the first sale, whether the backup is good. Secrets are in no backup, so it says which files are still missing.
func restore(ctx context.Context, file, dir string, out io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	path := filepath.Join(dir, booksDir)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds books already: restore into a new directory", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := store.Restore(path, f, store.Options{}, beginGeneration(ctx)); err != nil {
		return fmt.Errorf("restore %s: %w", file, err)
	}
	engine, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	clean, err := audit(ctx, engine, out, nil)
	if err := errors.Join(err, engine.Close()); err != nil {
		return err
	}
	if !clean {
		return errNotClean
	}
	_, err = fmt.Fprintf(out, `restored. What was written after the backup is lost, and its names lead to nothing.
Never start two copies of one directory: make copies by backup and restore.
Before you start, put back what belongs to it and is in no backup:
  %s (the books cannot be used without it)
  %s (every client knows it)
  %s (or start with --operator FILE.pub)
`, keyFiles(dir)...)
	return err
}

// beginGeneration makes the names of what is sold from now on others than those of what was sold after the backup:
// those are known to vendors and buyers, and their numbers are given again. A backup of an earlier format is brought up
// to ours first.
func beginGeneration(ctx context.Context) func(store.Store) error {
	return func(s store.Store) error {
		if err := books.Upgrade(ctx, s, books.UpgradeOptions{}); err != nil {
			return err
		}
		var tag [16]byte
		_, _ = rand.Read(tag[:]) // it never fails
		return s.Update(ctx, func(tx store.Tx) error {
			_, err := books.Write(tx).BeginGeneration(tag, time.Now())
			return err
		})
	}
}

// controlRoutes are what the owner of the data directory may ask of a running service. They need no key: the socket is
// in that directory and has mode 0600, so the file system says who may.
func controlRoutes(engine *store.Engine, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /backup", func(w http.ResponseWriter, r *http.Request) {
		unlimited(w)
		if err := engine.Backup(r.Context(), w); err != nil {
			log.Error("backup", "error", err)
			panic(http.ErrAbortHandler) // the reader must not take a part for the whole
		}
	})
	mux.HandleFunc("GET /export", exportRoute(engine, func(err error) { log.Error("export", "error", err) }))
	mux.HandleFunc("GET /check", func(w http.ResponseWriter, r *http.Request) {
		unlimited(w)
		clean, err := audit(r.Context(), engine, w, nil)
		if err != nil {
			log.Error("check", "error", err)
			panic(http.ErrAbortHandler)
		}
		_, _ = fmt.Fprintln(w, map[bool]string{true: markClean, false: markNotClean}[clean])
	})
	return mux
}

// unlimited lifts the time limits of a request that takes as long as it takes.
func unlimited(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(noDeadline)
	_ = c.SetReadDeadline(noDeadline)
}

// askRunning asks the service that runs on dir, by its control socket. It returns nil without an error if none does:
// then the caller opens the files itself. A socket file alone proves nothing, since a killed service leaves it behind.
func askRunning(ctx context.Context, dir, path string) (io.ReadCloser, error) {
	client := http.Client{
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(dir, controlFile))
		}},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://control"+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	var down *net.OpError
	if errors.As(err, &down) && down.Op == "dial" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("the running service returned %s", res.Status)
	}
	return res.Body, nil
}

// The last line that a running service sends after its report.
const (
	markClean    = "-- clean"
	markNotClean = "-- not clean"
)

// noDeadline lifts a time limit.
var noDeadline time.Time

// relayCheck prints the report of a running service. Without its last line the report is not whole.
func relayCheck(body io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		switch lines.Text() {
		case markClean:
			return nil
		case markNotClean:
			return errNotClean
		}
		if _, err := fmt.Fprintln(out, lines.Text()); err != nil {
			return err
		}
	}
	return errors.Join(errors.New("the running service broke the audit off"), lines.Err())
}
