package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// siege is a running service, its bystander, and what the attackers need.
type siege struct {
	t         *testing.T
	service   *besieged
	bystander *bystander
	report    report
	attack    string       // that is running
	quiet     float64      // cores that the service uses for the bystander alone
	sent      atomic.Int64 // bytes that attackers have sent
	operator  *person
	stall     *stall  // a vendor whom attackers buy from
	searcher  *person // an attacker with a long history
}

// besieged is the program as its operator starts it, in a process of its own.
type besieged struct {
	cmd                *exec.Cmd
	dir                string
	http, ssh, metrics string
	greeting           string
	done               chan error
	errors             atomic.Int64 // lines of level ERROR, and of panics
}

func besiege(ctx context.Context, t *testing.T) *siege {
	t.Helper()
	s := &siege{t: t, service: startBesieged(ctx, t)}
	s.report.s = s
	raw, err := os.ReadFile(filepath.Join(s.service.dir, "data", operatorFile))
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.ParsePrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	s.operator = &person{s: s, key: key, from: "127.0.0.1"}
	if s.stall, err = s.openStall(ctx, "stall", "0.25"); err == nil {
		s.searcher, err = s.openSearcher(ctx)
	}
	if err == nil {
		s.bystander, err = startBystander(ctx, s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// startBesieged starts the demo: its simulated card is how attackers come to money. It takes calls.
func startBesieged(ctx context.Context, t *testing.T) *besieged {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := errors.Join(
		os.Mkdir(data, 0o700), os.WriteFile(filepath.Join(data, voiceSecretFile), []byte(voiceSecret+"\n"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return startProgram(ctx, t, dir, "tuppence", demoArgs...)
}

// demoArgs start the demo on free ports.
var demoArgs = []string{
	"demo", "--data", "data", "--http", anyPort, "--ssh", anyPort, "--shop", anyPort, "--metrics", anyPort,
}

// startProgram starts what says where it listens as the service does, in a directory.
func startProgram(ctx context.Context, t *testing.T, dir, name string, args ...string) *besieged {
	t.Helper()
	b := &besieged{dir: dir, done: make(chan error, 1)}
	b.cmd = exec.Command(name, args...)
	b.cmd.Dir = b.dir
	b.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir}
	stdout, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := b.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.end(syscall.SIGKILL) })
	greeted, logged := make(chan string, 1), make(chan []string, 1)
	var readers sync.WaitGroup
	readers.Go(func() { b.readGreeting(stdout, greeted) })
	readers.Go(func() { b.readLog(stderr, logged) })
	cmd := b.cmd
	go func() { readers.Wait(); b.done <- cmd.Wait() }()
	select {
	case m := <-logged:
		b.http, b.ssh, b.metrics = m[1], "127.0.0.1:"+m[2], m[3]
		b.greeting = <-greeted
	case err := <-b.done:
		t.Fatalf("the service did not start: %v", err)
	case <-ctx.Done():
		t.Fatal("the service says nothing")
	}
	return b
}

func (b *besieged) readGreeting(from io.Reader, greeted chan<- string) {
	var all strings.Builder
	for lines := bufio.NewScanner(from); lines.Scan(); {
		fmt.Fprintln(&all, lines.Text())
		if strings.HasPrefix(lines.Text(), "data ") {
			greeted <- all.String()
		}
	}
}

// readLog counts errors. The first is kept for whoever looks why.
func (b *besieged) readLog(from io.Reader, logged chan<- []string) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		line := lines.Text()
		if m := listening.FindStringSubmatch(line); m != nil {
			logged <- m
		}
		if strings.Contains(line, "level=ERROR") || strings.HasPrefix(line, "panic") {
			if b.errors.Add(1) == 1 {
				fmt.Fprintln(os.Stderr, "the service:", line)
			}
		}
	}
}

func (b *besieged) end(sig syscall.Signal) error {
	if b.cmd == nil {
		return nil
	}
	_ = b.cmd.Process.Signal(sig)
	b.cmd = nil
	select {
	case err := <-b.done:
		return err
	case <-time.After(patience):
		return fmt.Errorf("the service does not end")
	}
}

// check audits the books beside the service, or without it.
func (b *besieged) check() (string, error) {
	cmd := exec.Command("tuppence", "check", "data")
	cmd.Dir = b.dir
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// tick is the unit of CPU times in /proc (USER_HZ, 100 on all platforms of Linux that Go has).
const tick = 10 * time.Millisecond

// cpu is how much the service has computed, in user and system time; 0 where there is no /proc.
func (b *besieged) cpu() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// The name of the program stands in brackets and may have blanks; utime and stime are the 12th and 13th after it.
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// peak is the most memory that the service has had, in bytes; 0 where there is no /proc.
func (b *besieged) peak() int64 { return b.memory("VmHWM:") }

// memory is a field of proc_pid_status(5), in bytes; 0 where there is no /proc.
func (b *besieged) memory(field string) int64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(raw), field)
	if fields := strings.Fields(rest); len(fields) > 0 {
		kib, _ := strconv.ParseInt(fields[0], 10, 64)
		return kib << 10
	}
	return 0
}

var journalBytes = regexp.MustCompile(`(?m)^tuppence_store_journal_bytes_total (\S+)$`)

// journal is what the journal has taken since the start, in bytes: what lasts. Its file grows in larger steps.
func (b *besieged) journal() (int64, error) {
	res, err := http.Get("http://" + b.metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	m := journalBytes.FindSubmatch(raw)
	if m == nil {
		return 0, errors.New("the journal is not measured")
	}
	size, err := strconv.ParseFloat(string(m[1]), 64)
	return int64(size), err
}

// countedConn counts what is sent.
type countedConn struct {
	net.Conn
	sent *atomic.Int64
}

func (c countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

// dial connects from an address of this machine. The connection ends with ctx. What is sent from 127.0.0.1 is not
// counted: there are the bystander and the operator.
func (s *siege) dial(ctx context.Context, from, to string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(ctx, "tcp", to)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	if from == "127.0.0.1" {
		return conn, nil
	}
	return countedConn{conn, &s.sent}, nil
}
