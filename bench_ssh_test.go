package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Settings of a run.
const (
	sshRows   = 30               // purchases of each wallet: more than a screen has rows
	sshSettle = 3 * time.Second  // after the last first frame, until memory and processor are looked at
	sshKeys   = 10 * time.Second // of keys
	sshRate   = 200              // keys a second over all sessions …
	sshEach   = 25               // … and of one session at most
	sshSteps  = 4                // rows that the cursor goes down before it comes back up: nothing scrolls
	sshDoors  = 100              // sessions of each kind of disconnect
)

// site is a program whose screens are measured. Goals are ours.
type site struct {
	name, program string
	args          []string
	command       string // that opens its screen
	idle          time.Duration
	own           bool
}

// TestSSHLoad measures screens over SSH and prints one table. TEST_SSH names the numbers of sessions. The program runs
// in a process of its own, in turn with two that do as the manuals of wish say (testdata/sshpeer); this process has the
// clients. TEST_SSH_IDLE is how long our sessions are left alone: a minute has each kind of thing that they do by
// themselves. TEST_SSH_ONLY leaves out the programs without these letters in their name. TEST_SSH_PROFILE names a
// directory for profiles of our memory, and of our processor.
//
//	TEST_SSH=1,100,1000,3000 go test -run SSHLoad -timeout 60m -v .
func TestSSHLoad(t *testing.T) {
	var sizes []int
	for n := range strings.SplitSeq(os.Getenv("TEST_SSH"), ",") {
		size, err := strconv.Atoi(n)
		if err != nil || size < 1 {
			t.Skip("set TEST_SSH to numbers of sessions, 1,100,1000,3000 for example")
		}
		sizes = append(sizes, size)
	}
	idle, err := time.ParseDuration(cmp.Or(os.Getenv("TEST_SSH_IDLE"), "1m"))
	if err != nil {
		t.Fatal(err)
	}
	most := max(slices.Max(sizes), sshDoors)
	enoughFiles(t, most)
	debug.SetGCPercent(400) // the clients' own collections are not what is measured
	r := &sshRun{t: t, home: t.TempDir(), profiles: os.Getenv("TEST_SSH_PROFILE")}
	peer := filepath.Join(r.home, "sshpeer")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "testdata/sshpeer", "-o", peer, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	began := time.Now()
	if err := r.seed(t.Context(), most); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d wallets with %d purchases each in %v", most, sshRows, time.Since(began).Round(time.Second))
	ours := []string{"--shop", freePort(t)} // the demo vendor is where it was opened
	ours = append(slices.Clone(demoArgs), ours...)
	sites := []site{
		{name: "tuppence", program: "tuppence", args: ours, command: "history", idle: idle, own: true},
		{name: "wish list", program: peer, args: []string{"list"}, idle: 10 * time.Second},
		{name: "wish blank", program: peer, args: []string{"blank"}, idle: 10 * time.Second},
	}
	for k, s := range sites {
		if !strings.Contains(s.name, os.Getenv("TEST_SSH_ONLY")) {
			continue
		}
		for _, n := range sizes {
			if err := r.size(t.Context(), k, s, n); err != nil {
				t.Errorf("%s, %d sessions: %v", s.name, n, err)
			}
		}
		if err := r.doors(t.Context(), k, s); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	fmt.Fprintln(t.Output(), "\n"+r.table(sites))
}

// freePort is an address that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// enoughFiles skips the test where the machine does not let it have a file for each connection.
func enoughFiles(t *testing.T, most int) {
	t.Helper()
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if need := uint64(most) + 300; files.Max < need {
		t.Skipf("%d files may be open, %d are needed: ulimit -n %d", files.Max, need, need)
	}
}

// sshRun is one run, with its figures.
type sshRun struct {
	t        *testing.T
	home     string // directory of the service
	profiles string
	rows     []*sshFigure
}

// sshFigure is one line of the table.
type sshFigure struct {
	sessions, what, goal, met string
	got                       [3]string // of each site
}

// put writes a figure down. The goal is of our own site.
func (r *sshRun) put(site int, sessions, what, got, goal string, met bool) {
	fmt.Fprintf(r.t.Output(), "%d | %s | %s | %s\n", site, sessions, what, got)
	var row *sshFigure
	for _, f := range r.rows {
		if f.sessions == sessions && f.what == what {
			row = f
		}
	}
	if row == nil {
		row = &sshFigure{sessions: sessions, what: what}
		r.rows = append(r.rows, row)
	}
	row.got[site] = got
	if site == 0 && goal != "" {
		row.goal, row.met = goal, map[bool]string{true: "yes", false: "NO"}[met]
	}
}

// num puts a number with its unit; a goal of 0 is none.
func (r *sshRun) num(site int, sessions, what, format string, got, goal float64) {
	text := ""
	if goal > 0 {
		text = "≤ " + fmt.Sprintf(format, goal)
	}
	r.put(site, sessions, what, fmt.Sprintf(format, got), text, got <= goal)
}

func (r *sshRun) table(sites []site) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| sessions | | %s | %s | %s | goal | met |\n|---|---|---|---|---|---|---|\n",
		sites[0].name, sites[1].name, sites[2].name)
	for _, f := range r.rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n",
			f.sessions, f.what, f.got[0], f.got[1], f.got[2], f.goal, f.met)
	}
	return b.String()
}

// start starts a site afresh, so that no memory of an earlier number of sessions is left.
func (r *sshRun) start(ctx context.Context, s site) (*besieged, func()) {
	p := startProgram(ctx, r.t, r.home, s.program, s.args...)
	return p, func() {
		if !s.own { // programs of Bubble Tea swallow SIGTERM
			_ = p.end(syscall.SIGKILL)
		} else if err := p.end(syscall.SIGTERM); err != nil {
			r.t.Errorf("%s ended with %v", s.name, err)
		}
	}
}

// usage is what a program has at a moment, after a collection.
type usage struct{ resident, anon, heap, stacks, goroutines, files, sessions float64 }

// figures reads what the program tells Prometheus.
func (b *besieged) figures(ctx context.Context) (u usage, err error) {
	res, err := b.get(ctx, "/metrics")
	if err != nil {
		return u, err
	}
	defer res.Close()
	u.resident, u.anon = float64(b.memory("VmRSS:")), float64(b.memory("RssAnon:"))
	to := map[string]*float64{
		"go_memstats_heap_alloc_bytes":  &u.heap,
		"go_memstats_stack_inuse_bytes": &u.stacks, "go_goroutines": &u.goroutines, "process_open_fds": &u.files,
		"tuppence_ssh_sessions": &u.sessions,
	}
	for lines := bufio.NewScanner(res); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if at := to[name]; at != nil {
			if *at, err = strconv.ParseFloat(value, 64); err != nil {
				return u, err
			}
		}
	}
	return u, nil
}

// collected are the figures after two collections: what pools keep goes with the second.
func (b *besieged) collected(ctx context.Context) (usage, error) {
	for range 2 {
		res, err := b.get(ctx, "/debug/pprof/heap?gc=1")
		if err != nil {
			return usage{}, err
		}
		_, _ = io.Copy(io.Discard, res)
		_ = res.Close()
	}
	return b.figures(ctx)
}

// get asks on a connection that ends with the answer: it is no part of what is left.
func (b *besieged) get(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.metrics+path, nil)
	if err != nil {
		return nil, err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// size measures one number of sessions.
func (r *sshRun) size(ctx context.Context, k int, s site, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	p, end := r.start(ctx, s)
	defer end()
	before, err := r.first(ctx, s, p)
	if err != nil {
		return err
	}
	sessions := strconv.Itoa(n)
	all, took, err := crowd(ctx, p.ssh, s.command, 0, n, trueColour, 0)
	if err != nil {
		return err
	}
	defer leave(all)
	r.put(k, sessions, "connect to first frame, p50 / p99 ms", millis(took.part(50))+" / "+millis(took.part(99)), "", true)
	if err := r.rest(ctx, k, s, p, before, n); err != nil {
		return err
	}
	if s.name != "wish blank" {
		var profiled error
		var profiling sync.WaitGroup
		profiling.Go(func() { profiled = r.profile(ctx, s, p, n, "keys") })
		err := r.typing(ctx, k, p, all)
		profiling.Wait()
		if err = errors.Join(err, profiled); err != nil {
			return err
		}
	}
	return r.profile(ctx, s, p, n, "heap", "goroutine")
}

// first opens one session and closes it: what is read or made once, by whoever comes first, is none of the others'. It
// returns what the program has then.
func (r *sshRun) first(ctx context.Context, s site, p *besieged) (usage, error) {
	all, _, err := crowd(ctx, p.ssh, s.command, 0, 1, trueColour, 0)
	if err != nil {
		return usage{}, err
	}
	leave(all)
	u, _, err := p.settled(ctx, usage{}, sshSettle)
	return u, err
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

// rest measures sessions that nobody types into.
func (r *sshRun) rest(ctx context.Context, k int, s site, p *besieged, before usage, n int) error {
	if err := pause(ctx, sshSettle); err != nil {
		return err
	}
	now, err := p.figures(ctx)
	if err != nil {
		return err
	}
	cpu, began := p.cpu(), time.Now()
	var profiled error
	var profiling sync.WaitGroup
	profiling.Go(func() { profiled = r.profile(ctx, s, p, n, "idle") })
	err = pause(ctx, s.idle)
	profiling.Wait()
	if err = errors.Join(err, profiled); err != nil {
		return err
	}
	idle := 100 * (p.cpu() - cpu).Seconds() / time.Since(began).Seconds()
	after, err := p.collected(ctx)
	if err != nil {
		return err
	}
	sessions, each := strconv.Itoa(n), func(now, before float64) float64 { return (now - before) / 1000 / float64(n) }
	if n >= sshDoors {
		r.num(k, sessions, "memory of a session, resident", "%.0f kB", each(now.resident, before.resident), 180)
		r.num(k, sessions, "… of it no mapped files", "%.0f kB", each(now.anon, before.anon), 0)
		r.num(k, sessions, "… resident after a collection", "%.0f kB", each(after.resident, before.resident), 0)
		r.num(k, sessions, "… Go heap after it", "%.0f kB", each(after.heap, before.heap), 0)
		r.num(k, sessions, "… stacks after it", "%.0f kB", each(after.stacks, before.stacks), 0)
		r.num(k, sessions, "goroutines of a session", "%.1f", (after.goroutines-before.goroutines)/float64(n), 0)
	}
	goal := 0.0
	if n >= 3000 {
		goal = 1
	}
	r.num(k, sessions, "idle, of one core", "%.2f %%", idle, goal)
	return nil
}

// typing measures keys at a rate that all sessions share.
func (r *sshRun) typing(ctx context.Context, k int, p *besieged, all []*visitor) error {
	n := len(all)
	rate := min(sshRate, sshEach*n)
	every := time.Second / time.Duration(rate)
	var took spread
	keys, cpu, began := 0, p.cpu(), time.Now()
	for ; time.Since(began) < sshKeys; keys++ {
		v := all[keys%n]
		if d, ok := v.waited(); ok {
			took = append(took, d)
		}
		if err := v.press("jk"[keys/n/sshSteps%2]); err != nil {
			return err
		}
		jitter := time.Duration(mrand.Int64N(int64(every) / 4)) // or keys keep step with a renderer's ticker
		if err := pause(ctx, time.Until(began.Add(time.Duration(keys+1)*every+jitter))); err != nil {
			return err
		}
	}
	used := p.cpu() - cpu
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	for _, v := range all[:min(keys, n)] {
		if d, ok := v.waited(); ok {
			took = append(took, d)
		}
	}
	sessions, ms := strconv.Itoa(n), func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	goal := 0.0
	if n == 1000 {
		goal = 5
	}
	r.num(k, sessions, "key to frame, p50", "%.2f ms", ms(took.part(50)), 1)
	r.num(k, sessions, "key to frame, p99", "%.2f ms", ms(took.part(99)), goal)
	r.put(k, sessions, fmt.Sprintf("keys without a frame, at %d a second", rate),
		fmt.Sprintf("%d of %d", keys-len(took), keys), "", true)
	r.num(k, sessions, "processor of a key", "%.2f ms", ms(used)/float64(keys), 0)
	return nil
}

// profile keeps what our memory is made of, or what our processor does for so long as keys are typed.
func (r *sshRun) profile(ctx context.Context, s site, p *besieged, n int, kinds ...string) error {
	if r.profiles == "" || !s.own {
		return nil
	}
	from := map[string]string{
		"heap": "heap?gc=1", "goroutine": "goroutine",
		"keys": fmt.Sprintf("profile?seconds=%.0f", (sshKeys - time.Second).Seconds()),
		"idle": fmt.Sprintf("profile?seconds=%.0f", (s.idle - time.Second).Seconds()),
	}
	for _, kind := range kinds {
		res, err := p.get(ctx, "/debug/pprof/"+from[kind])
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(res)
		if err = errors.Join(err, res.Close()); err == nil {
			err = os.WriteFile(filepath.Join(r.profiles, fmt.Sprintf("%s-%d.pprof", kind, n)), raw, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
