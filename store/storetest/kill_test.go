package storetest_test

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestKill kills a process in mid-load, again and again on one store: every row that was answered has to be there, and
// every row is whole. The page cache survives a kill, so this says nothing about a power cut.
func TestKill(t *testing.T) {
	for _, engine := range []string{"journal", "naive"} {
		t.Run(engine, func(t *testing.T) { killRounds(t, engine, rounds(4, 40)) })
	}
}

// rounds is how often a test of faults goes round: many times when TEST_SOAK is set, less with -short.
func rounds(usual, soak int) int {
	switch {
	case os.Getenv("TEST_SOAK") != "":
		return soak
	case testing.Short():
		return max(1, usual/4)
	}
	return usual
}

func killRounds(t *testing.T, engine string, n int) {
	t.Helper()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(uint64(n), 7))
	answered := 0
	names := map[string]bool{}
	for round := range n {
		for _, name := range killed(t, child(t, "load", engine, dir), 50+r.IntN(1500)) {
			names[name] = true
			answered++
		}
		s, err := engines[engine](dir)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		rows, err := rowsOf(s)
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for name := range names {
			if !rows[name] {
				t.Fatalf("round %d: %s was answered and is lost", round, name)
			}
		}
	}
	t.Logf("%d kills, %d answered, none lost", n, answered)
}

// killed runs cmd, kills it after so many lines, and returns all whole lines.
func killed(t *testing.T, cmd *exec.Cmd, after int) (lines []string) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(line, "row/") {
			t.Fatalf("the process says: %s", line)
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
		if len(lines) == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); len(lines) < after {
		t.Fatalf("the process ended by itself: %v", err)
	}
	return lines
}
