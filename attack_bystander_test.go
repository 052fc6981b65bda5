package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// bystander is a person who uses the service as it is meant, and a vendor who sells to this person. It is a process of
// its own: beside the attackers it would wait for them and not for the service.
type bystander struct {
	more chan struct{} // something was seen

	mu   sync.Mutex
	seen []sample
	end  error
}

// regular is what the bystander's process is told.
type regular struct {
	HTTP, SSH string
	Service   int    // its process: ended where the one who attacks was killed and could not
	Seed      []byte // of its key
	Shop      *stall
	Link      string // by which the shop charges it
}

// sample is one use of the service.
type sample struct {
	What   string
	Began  time.Time
	Took   time.Duration
	Failed string
}

// everyUse is what the bystander does and how often: commands on a connection that stays, new log-ins, charges.
var everyUse = map[string]time.Duration{
	"command": 200 * time.Millisecond, "log-in": time.Second, "charge": time.Second,
}

// startBystander opens its wallet and its shop, and starts it. It ends with ctx.
func startBystander(ctx context.Context, s *siege) (*bystander, error) {
	me := s.person("127.0.0.1")
	r := regular{HTTP: s.service.http, SSH: s.service.ssh, Service: s.service.cmd.Process.Pid, Seed: me.seed}
	_, err := me.run(ctx, "join --accept", "fund 20.00 EUR --method card")
	if err == nil {
		r.Shop, err = s.openStall(ctx, "quiet-shop", "0.01")
	}
	if err == nil {
		r.Link, err = me.allow(ctx, r.Shop)
	}
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "bystander")
	cmd.Stderr = os.Stderr
	told, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b := &bystander{more: make(chan struct{}, 1)}
	var reading sync.WaitGroup
	reading.Go(func() { b.read(said); _ = cmd.Wait() })
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); reading.Wait() })
	return b, json.NewEncoder(told).Encode(r)
}

func (b *bystander) read(from io.Reader) {
	lines := json.NewDecoder(from)
	for {
		var next sample
		err := lines.Decode(&next)
		b.mu.Lock()
		if b.end = err; err == nil {
			b.seen = append(b.seen, next)
		}
		b.mu.Unlock()
		select {
		case b.more <- struct{}{}:
		default: // a reader looks anyway
		}
		if err != nil {
			return
		}
	}
}

// waits is how long the bystander waited, each time, from the shortest.
type waits struct {
	took    []time.Duration
	slowest string // what took longest
	failed  []string
}

// during returns what the bystander saw of what it began between two times. It waits until all of that has ended.
func (b *bystander) during(from, to time.Time) (w waits, err error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		w, all, err := b.between(from, to)
		if all || err != nil {
			return w, err
		}
		select {
		case <-b.more:
		case <-late.C:
			return w, errors.New("the bystander still waits")
		}
	}
}

// between is what was seen so far; all is set when each use has begun anew since.
func (b *bystander) between(from, to time.Time) (w waits, all bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	later := map[string]bool{}
	for _, u := range b.seen {
		if u.Began.After(to) {
			later[u.What] = true
		} else if u.Began.After(from) {
			if len(w.took) == 0 || u.Took > slices.Max(w.took) {
				w.slowest = u.What
			}
			w.took = append(w.took, u.Took)
			if u.Failed != "" {
				w.failed = append(w.failed, fmt.Sprintf("%s after %v: %s", u.What, u.Took, u.Failed))
			}
		}
	}
	slices.Sort(w.took)
	return w, len(later) == len(everyUse), b.end
}

func (w *waits) p99() time.Duration {
	if len(w.took) == 0 {
		return 0
	}
	return w.took[len(w.took)*99/100]
}

func (w *waits) worst() time.Duration {
	if len(w.took) == 0 {
		return 0
	}
	return w.took[len(w.took)-1]
}

// bystand is the bystander's process. It reads a [regular], and writes a [sample] after each use until it is ended.
func bystand() {
	signal.Ignore(syscall.SIGPIPE) // the one who listens may be gone
	in := bufio.NewReader(os.Stdin)
	var r regular
	if err := json.NewDecoder(in).Decode(&r); err != nil {
		fmt.Fprintln(os.Stderr, "bystander:", err)
		os.Exit(1)
	}
	key, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(r.Seed))
	if err != nil {
		fmt.Fprintln(os.Stderr, "bystander:", err)
		os.Exit(1)
	}
	s := &siege{service: &besieged{http: r.HTTP, ssh: r.SSH}}
	me := &person{s: s, key: key, from: "127.0.0.1"}
	var line *gossh.Client
	uses := map[string]func(context.Context) error{
		"command": func(context.Context) (err error) {
			if line == nil {
				line, err = me.login(context.Background())
			}
			if err == nil {
				_, err = command(line, "balance")
			}
			return err
		},
		"log-in": func(ctx context.Context) error { _, err := me.run(ctx, "balance"); return err },
		"charge": func(ctx context.Context) error {
			_, err := s.api(ctx, r.Shop, me.from, "/charges", r.Shop.charge(r.Link), nil)
			return err
		},
	}
	out := json.NewEncoder(os.Stdout)
	var saying sync.Mutex
	for what, do := range uses {
		go use(what, do, func(u sample) { saying.Lock(); defer saying.Unlock(); _ = out.Encode(u) })
	}
	_, _ = io.Copy(io.Discard, in) // until the one who attacks is gone
	_ = syscall.Kill(r.Service, syscall.SIGKILL)
}

// use does one thing over and over.
func use(what string, do func(context.Context) error, say func(sample)) {
	for range time.Tick(everyUse[what]) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		u := sample{What: what, Began: time.Now()}
		err := do(ctx)
		u.Took = time.Since(u.Began)
		cancel()
		if err != nil {
			u.Failed = err.Error()
		}
		say(u)
	}
}
