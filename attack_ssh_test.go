package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// each runs a function for 0 to n-1, so many at a time, until ctx ends.
func each(ctx context.Context, n, atOnce int, do func(int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// Strangers: 2,000 keys without a wallet, at two addresses. Each opens a screen and holds it. An address has 40
// places for them.
func floodSessions(ctx context.Context, s *siege) error {
	var held, came atomic.Int64
	login := func(i int) {
		c, err := s.person(fmt.Sprintf("127.0.0.%d", 2+i%2)).login(ctx)
		if err != nil {
			return
		}
		_, ended, err := open(c, "")
		if err != nil {
			_ = c.Close()
			return
		}
		came.Add(1)
		held.Add(1)
		go func() { <-ended; held.Add(-1) }()
	}
	hold(ctx, func() { each(ctx, 2000, 64, login) }, func() {
		s.report.count(fmt.Sprintf("screens held, of %d opened", came.Load()), int(held.Load()), 2*40)
	})
	return nil
}

// hold opens something over and over, and calls count a second before the flood ends: what is open is kept so long.
func hold(ctx context.Context, open func(), count func()) {
	var opening sync.WaitGroup
	opening.Go(open)
	end, _ := ctx.Deadline()
	rest, cancel := context.WithDeadline(ctx, end.Add(-time.Second))
	defer cancel()
	<-rest.Done()
	count()
	opening.Wait()
}

// openSearcher opens a wallet with a thousand purchases.
func (s *siege) openSearcher(ctx context.Context) (*person, error) {
	who := s.person("127.0.0.1")
	if _, err := who.run(ctx, "join --accept", "fund 20.00 EUR --method card"); err != nil {
		return nil, err
	}
	kiosk, err := s.openStall(ctx, "kiosk", "0.001")
	if err != nil {
		return nil, err
	}
	link, err := who.allow(ctx, kiosk)
	if err != nil {
		return nil, err
	}
	each(ctx, 1000, 8, func(int) { _, _ = s.api(ctx, kiosk, who.from, "/charges", kiosk.charge(link), nil) })
	who.from = "127.0.1.1"
	return who, nil
}

// A wallet with a long history searches it for what is not there, and asks again with every key: 200 keys in a burst,
// one after the other, on one screen.
func floodSearch(ctx context.Context, s *siege) error {
	c, err := s.searcher.login(ctx)
	if err != nil {
		return err
	}
	keys, ended, err := open(c, "history")
	if err != nil {
		return err
	}
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for ctx.Err() == nil {
		for _, k := range "/zzzz\r" + strings.Repeat("r", 193) + "\x1b" {
			if _, err := io.WriteString(keys, string(k)); err != nil {
				break
			}
		}
		select {
		case <-ctx.Done():
		case <-ended:
			return nil
		case <-pace.C:
		}
	}
	return nil
}

// repeat types commands with one key, so many at a time and each connection for 90 of them, and counts what is done and
// what is refused. A connection that is not let in is tried again.
func (p *person) repeat(ctx context.Context, n int, line func(int) string) (done, refused int64) {
	var yes, no atomic.Int64
	each(ctx, (n+89)/90, 15, func(part int) {
		var c *gossh.Client
		for i := part * 90; i < min(n, (part+1)*90) && ctx.Err() == nil; i++ {
			var err error
			if c == nil {
				if c, err = p.login(ctx); err != nil {
					i--
					continue
				}
			}
			switch out, err := command(c, line(i)); {
			case err == nil:
				yes.Add(1)
			case out != "":
				no.Add(1)
			default: // the session was ended or not opened
				_ = c.Close()
				c = nil
			}
		}
		if c != nil {
			_ = c.Close()
		}
	})
	return yes.Load(), no.Load()
}

// One wallet that has never paid anything announces 11,000 checks.
func floodChecks(ctx context.Context, s *siege) error {
	who := s.person("127.0.2.1")
	if _, err := who.run(ctx, "join --accept"); err != nil {
		return err
	}
	done, refused := who.repeat(ctx, 11_000, func(int) string { return "fund 5.00 EUR --method check" })
	s.report.count(fmt.Sprintf("announced, %d refused", refused), int(done), 10)
	return nil
}

// One wallet gives and ends a permission, over and over: it may make 2,000 changes a day, and a few more while the day
// goes on.
func floodLinks(ctx context.Context, s *siege) error {
	who := s.person("127.0.3.1")
	if _, err := who.run(ctx, "join --accept", "window"); err != nil {
		return err
	}
	before, err := s.service.journal()
	if err != nil {
		return err
	}
	done, refused := who.repeat(ctx, 2600, func(i int) string {
		if i%2 == 0 {
			return "link stall --per-charge 0.50 --budget 5 --period day"
		}
		return "unlink stall"
	})
	s.report.count(fmt.Sprintf("changes, %d refused", refused), int(done), 2010)
	after, err := s.service.journal()
	s.report.bytes("journal for it", after-before, 1<<20)
	return err
}

// Fresh keys open wallets and type codes that nobody was given: 10 are looked at for each key.
func floodCodes(ctx context.Context, s *siege) error {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	var keys, looked, refused atomic.Int64
	each(ctx, 200, 8, func(i int) {
		c, err := s.person(fmt.Sprintf("127.0.4.%d", 1+i%2)).login(ctx)
		if err != nil {
			return
		}
		defer c.Close()
		if _, err := command(c, "join --accept"); err != nil {
			return
		}
		keys.Add(1)
		for range 15 {
			raw := make([]byte, 8)
			_, _ = rand.Read(raw) // never fails
			for j, b := range raw {
				raw[j] = letters[int(b)%len(letters)]
			}
			out, err := command(c, fmt.Sprintf("approve %s-%s", raw[:4], raw[4:]))
			if strings.Contains(out, "No request waits") {
				looked.Add(1)
			} else if err != nil {
				refused.Add(1)
			}
		}
	})
	s.report.count(fmt.Sprintf("codes looked at, %d refused", refused.Load()), int(looked.Load()), 10*int(keys.Load()))
	return nil
}

// impostor shows a key that nobody has the private half of, and signs with another.
type impostor struct {
	gossh.Signer
	shown gossh.PublicKey
}

func (i impostor) PublicKey() gossh.PublicKey { return i.shown }
func (i impostor) Algorithms() []string       { return []string{gossh.KeyAlgoRSASHA256} }

func (i impostor) SignWithAlgorithm(r io.Reader, data []byte, _ string) (*gossh.Signature, error) {
	return i.Sign(r, data)
}

// heavy is an RSA key of so many bits. Its modulus is no product of primes, which costs the one who verifies as much.
func heavy(bits int) (gossh.PublicKey, error) {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return gossh.NewPublicKey(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537})
}

// Eight addresses offer keys of RSA: of 16,384 bits, which are refused before anything is computed, and of 8,192, the
// heaviest that are used, with a signature that is false.
func floodHeavyKeys(ctx context.Context, s *siege) error {
	var shown []gossh.PublicKey
	for _, bits := range []int{16384, 8192} {
		key, err := heavy(bits)
		if err != nil {
			return err
		}
		shown = append(shown, key)
	}
	var tried, in atomic.Int64
	each(ctx, 1<<30, 16, func(i int) {
		who := s.person(fmt.Sprintf("127.0.5.%d", 1+i%8))
		who.key = impostor{who.key, shown[i%2]}
		tried.Add(1)
		if c, err := who.login(ctx); err == nil {
			in.Add(1)
			_ = c.Close()
		}
	})
	s.report.count(fmt.Sprintf("logged in, of %d", tried.Load()), int(in.Load()), 0)
	return nil
}
