package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// doors measures the bytes of a key, log-ins, and what is left after each way to leave, in one process.
func (r *sshRun) doors(ctx context.Context, k int, s site) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	p, end := r.start(ctx, s)
	defer end()
	if s.name != "wish blank" {
		for _, d := range depths {
			if err := r.key(ctx, k, s, p, d); err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
		}
	}
	if err := r.logIns(ctx, k, p); err != nil {
		return err
	}
	// What is made once and kept is made now.
	all, _, err := crowd(ctx, p.ssh, s.command, 0, sshDoors, trueColour, 0)
	if err != nil {
		return err
	}
	leave(all)
	before, _, err := p.settled(ctx, usage{}, sshSettle)
	if err != nil {
		return err
	}
	for _, w := range waysOut {
		all, _, err := crowd(ctx, p.ssh, s.command, 0, w.sessions, trueColour, w.buffer)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if err := w.leave(ctx, r, k, s, p, all); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if !s.own {
			w.patience = min(w.patience, 30*time.Second)
		}
		if err := r.left(ctx, k, p, before, w); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		leave(all)
		// A site that keeps what it should not keep does so: the next figure is without it.
		if before, _, err = p.settled(ctx, before, 5*time.Second); err != nil {
			return err
		}
	}
	return nil
}

// key measures the bytes of a key that moves the cursor by a row, and of one that scrolls the list.
func (r *sshRun) key(ctx context.Context, k int, s site, p *besieged, d depth) error {
	all, _, err := crowd(ctx, p.ssh, s.command, 0, 1, d, 0)
	if err != nil {
		return err
	}
	defer leave(all)
	const settled = 150 * time.Millisecond
	for _, k := range []byte("jk") { // what a first key changes beside the cursor is not counted
		if err := all[0].press(k); err != nil {
			return err
		}
		if _, err := all[0].quiet(ctx, time.Second); err != nil {
			return err
		}
	}
	moved, keys := 0, 0
	for ; keys < 5*2*sshSteps; keys++ {
		if err := all[0].press("jk"[keys/sshSteps%2]); err != nil {
			return err
		}
		n, err := all[0].quiet(ctx, settled)
		if err != nil {
			return err
		}
		moved += n
	}
	goal := map[string]float64{"true colour": 360, "16 colours": 250}[d.name]
	r.num(k, "1", "bytes of a cursor key, "+d.name, "%.0f", float64(moved)/float64(keys), goal)
	most := 0
	for range 20 {
		if err := all[0].press('j'); err != nil {
			return err
		}
		n, err := all[0].quiet(ctx, settled)
		if err != nil {
			return err
		}
		most = max(most, n)
	}
	r.num(k, "1", "… and where the list scrolls, "+d.name, "%.0f", float64(most), 0)
	return nil
}

// logIns measures connections that authenticate and leave.
func (r *sshRun) logIns(ctx context.Context, k int, p *besieged) error {
	const lasts = 5 * time.Second
	during, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	var done, failed atomic.Int64
	cpu, began := p.cpu(), time.Now()
	each(during, 200*perAddress, atOnce, func(i int) {
		l, err := dialLine(ctx, p.ssh, i%200*perAddress, 0)
		if err != nil {
			failed.Add(1)
			return
		}
		done.Add(1)
		_ = l.Close()
	})
	took, used := time.Since(began).Seconds(), p.cpu()-cpu
	r.put(k, "8 at once", "log-ins a second", fmt.Sprintf("%.0f", float64(done.Load())/took), "", true)
	r.put(k, "8 at once", "… of one core of the server, alone",
		fmt.Sprintf("%.0f", float64(done.Load())/max(used.Seconds(), 0.01)), "", true)
	if n := failed.Load(); n > 0 {
		return fmt.Errorf("%d log-ins failed", n)
	}
	return ctx.Err()
}

// wayOut is a way in which sessions end.
type wayOut struct {
	name     string
	sessions int
	buffer   int           // for what comes in, in bytes; 0: as the system has it
	patience time.Duration // until what is left is counted; others than ours have less, because they wait for ever
	leave    func(context.Context, *sshRun, int, site, *besieged, []*visitor) error
}

var waysOut = []wayOut{
	{name: "quit by key", sessions: sshDoors, patience: 10 * time.Second, leave: quitByKey},
	{name: "channel closed, connection kept", sessions: 10, patience: 10 * time.Second, leave: closeChannels},
	{name: "connection cut", sessions: sshDoors, patience: 10 * time.Second, leave: cutConnections},
	{
		name: "client that stops reading", sessions: 5,
		buffer: 4 << 10, patience: 150 * time.Second, leave: stopReading,
	},
}

func quitByKey(ctx context.Context, _ *sshRun, _ int, _ site, _ *besieged, all []*visitor) error {
	for _, v := range all {
		if err := v.press('q'); err != nil {
			return err
		}
		ended := make(chan error, 1)
		go func() { ended <- v.session.Wait() }()
		select {
		case <-ended:
		case <-ctx.Done():
			return ctx.Err()
		}
		_ = v.line.Close()
	}
	return nil
}

// closeChannels opens and closes sessions on connections that stay, as ControlMaster of OpenSSH does, and looks at what
// the server does then.
func closeChannels(ctx context.Context, r *sshRun, k int, s site, p *besieged, all []*visitor) error {
	for _, v := range all {
		if err := v.session.Close(); err != nil {
			return err
		}
		for range 4 {
			next, err := v.line.visit(ctx, s.command, trueColour)
			if err != nil {
				return err
			}
			if err := next.session.Close(); err != nil {
				return err
			}
		}
	}
	if err := pause(ctx, sshSettle); err != nil {
		return err
	}
	cpu, began := p.cpu(), time.Now()
	if err := pause(ctx, 5*time.Second); err != nil {
		return err
	}
	u, err := p.figures(ctx)
	if err != nil {
		return err
	}
	what := "50 channels closed, 10 connections kept: "
	r.num(k, "10", what+"of one core", "%.1f %%", 100*(p.cpu()-cpu).Seconds()/time.Since(began).Seconds(), 1)
	r.put(k, "10", what+"sessions counted", fmt.Sprint(u.sessions), "0", u.sessions == 0)
	leave(all)
	return nil
}

func cutConnections(_ context.Context, _ *sshRun, _ int, _ site, _ *besieged, all []*visitor) error {
	for _, v := range all {
		v.line.reset()
	}
	return nil
}

// stopReading asks for the whole screen again and again, and takes nothing of it. The connection is kept.
func stopReading(ctx context.Context, _ *sshRun, _ int, _ site, _ *besieged, all []*visitor) error {
	const redraw = 0x0c // ctrl+l
	for _, v := range all {
		close(v.line.tap.shut)
	}
	for range 1500 { // more than the window of a channel, 2 MiB, at a frame of 2 to 4 kB each
		for _, v := range all {
			if err := v.press(redraw); err != nil {
				return err
			}
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// left counts what a way out has left behind.
func (r *sshRun) left(ctx context.Context, k int, p *besieged, before usage, w wayOut) error {
	now, took, err := p.settled(ctx, before, w.patience)
	if err != nil {
		return err
	}
	heap := (now.heap - before.heap) / 1000
	clean := now.sessions == 0 && now.goroutines <= before.goroutines && now.files <= before.files && heap < 1000
	r.put(k, fmt.Sprint(w.sessions), "left after: "+w.name, fmt.Sprintf(
		"%.0f goroutines, %.0f files, %.0f sessions, %.0f kB heap after %.0f s",
		max(0, now.goroutines-before.goroutines), max(0, now.files-before.files), now.sessions, heap, took.Seconds(),
	), "nothing, < 1 MB heap", clean)
	return nil
}

// settled waits until a program has no more goroutines and files than before, but not longer than patience.
func (b *besieged) settled(ctx context.Context, before usage, patience time.Duration) (usage, time.Duration, error) {
	began := time.Now()
	for {
		now, err := b.collected(ctx)
		settled := now.sessions == 0 && now.goroutines <= before.goroutines && now.files <= before.files
		if err != nil || settled || time.Since(began) > patience {
			return now, time.Since(began), err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return now, 0, err
		}
	}
}
