package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tuppence/store"

	"go.uber.org/goleak"
)

// Tests of crashes need a process that can die. The test binary is started once more with one of these jobs.
const (
	jobEnv    = "STORETEST_JOB" // "load" or "read"
	engineEnv = "STORETEST_ENGINE"
	dirEnv    = "STORETEST_DIR"
)

func TestMain(m *testing.M) {
	switch os.Getenv(jobEnv) {
	case "load":
		load(os.Getenv(engineEnv), os.Getenv(dirEnv))
	case "read":
		os.Exit(read(os.Getenv(engineEnv), os.Getenv(dirEnv)))
	default:
		goleak.VerifyTestMain(m)
	}
}

// child is a process of this binary with a job.
func child(t *testing.T, job, engine, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), jobEnv+"="+job, engineEnv+"="+engine, dirEnv+"="+dir)
	return cmd
}

const loaders = 16

// load writes rows until it is killed, and prints the name of each row after its answer. One counter is raised by every
// row, so that a part of a transaction would show.
func load(engine, dir string) {
	s, err := engines[engine](dir)
	if err != nil {
		fmt.Println("refused", err)
		os.Exit(3)
	}
	var wg sync.WaitGroup
	for c := range loaders {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("row/%d/%d/%d", os.Getpid(), c, i)
				if err := s.Update(context.Background(), writeRow(name)); err != nil {
					fmt.Println("failed", err)
					os.Exit(4)
				}
				if _, err := os.Stdout.WriteString(name + "\n"); err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// writeRow sets a row to a value that follows from its name, and raises the counter.
func writeRow(name string) func(store.Tx) error {
	return func(tx store.Tx) error {
		n := 0
		v, err := tx.Get([]byte("count"))
		if err == nil {
			n, err = strconv.Atoi(string(v))
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return errors.Join(tx.Set([]byte(name), rowValue(name)), tx.Set([]byte("count"), fmt.Append(nil, n+1)))
	}
}

func rowValue(name string) []byte { return []byte(strings.Repeat("<"+name+">", 8)) }

// rowsOf reads everything: by scan, and each row again by get. What contradicts itself is an error.
func rowsOf(s store.Store) (rows map[string]bool, err error) {
	rows = map[string]bool{}
	err = s.View(context.Background(), func(r store.Reader) error {
		for kv, err := range r.Scan([]byte("row/"), []byte("row0"), false, 0) {
			if err != nil {
				return err
			}
			name := string(kv.Key)
			if string(kv.Value) != string(rowValue(name)) {
				return fmt.Errorf("%w: %s has another value", errWrong, name)
			}
			rows[name] = true
		}
		count, err := r.Get([]byte("count"))
		if err != nil && (len(rows) > 0 || !errors.Is(err, store.ErrNotFound)) {
			return err
		}
		if n, _ := strconv.Atoi(string(count)); n != len(rows) {
			return fmt.Errorf("%w: %d rows, but %d were counted", errWrong, len(rows), n)
		}
		return nil
	})
	return rows, err
}

var errWrong = errors.New("stored bytes are wrong")

// Exit codes of read.
const (
	codeRight   = 0
	codeRefused = 3 // the store would not open, or a read said that it is damaged: nothing wrong was shown
	codeWrong   = 5
)

// read opens a store and prints its rows, then writes one more, closes, and reads once more: a fault may also come out
// on the second start.
func read(engine, dir string) int {
	var before map[string]bool
	for pass := range 2 {
		s, err := engines[engine](dir)
		if err != nil {
			fmt.Println("refused:", err)
			return codeRefused
		}
		rows, err := rowsOf(s)
		if err == nil && pass == 0 {
			extra := "row/extra"
			if err = s.Update(context.Background(), writeRow(extra)); err == nil {
				rows[extra] = true
			}
		}
		err = errors.Join(err, s.Close())
		switch {
		case errors.Is(err, errWrong):
			fmt.Println("wrong:", err)
			return codeWrong
		case err != nil:
			fmt.Println("refused:", err)
			return codeRefused
		case pass == 1 && len(rows) != len(before):
			fmt.Printf("wrong: %d rows on the first start, %d on the second\n", len(before), len(rows))
			return codeWrong
		}
		before = rows
	}
	delete(before, "row/extra")
	var out strings.Builder
	for name := range before {
		out.WriteString(name + "\n")
	}
	fmt.Print(out.String())
	return codeRight
}
