package ssh

import (
	"context"
	"io"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/time/rate"

	"tuppence/tui"
)

// input reads what a terminal sends and hands the program one message for each key and each paste. It stands in the
// place of Bubble Tea's own reader, which types what it does not know, and whose keys do not say whether they came
// alone. It bounds what a client can make the program do: keys by a rate, pastes by a size.
type input struct {
	r         io.Reader
	ctx       context.Context // of the session
	limit     *rate.Limiter
	send      func(tea.Msg) // to the program
	key       func()        // a person typed something: what a terminal says by itself is no sign of one
	interrupt func()        // ctrl+c was typed
	hangup    func()        // no more input
	failed    func(any)     // a panic

	mu     sync.Mutex // the reader and the timer take turns
	parser parser
	timer  *time.Timer
	turn   uint64 // of the timer: one that was late for its own turn does nothing
}

// run reads until the input ends.
func (i *input) run() {
	defer i.contain()
	var raw [1024]byte
	for {
		n, err := i.r.Read(raw[:])
		if n > 0 && i.take(raw[:n]) != nil || err != nil {
			break
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stop()
	i.hangup()
}

// take hands on the keys of a packet. A sequence may be cut anywhere by the packets of the client, so the parser waits
// for the rest, but not for ever.
func (i *input) take(packet []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stop()
	// What is dropped costs the program nothing, so it is read at full speed.
	if !i.parser.swallows() {
		if err := i.limit.WaitN(i.ctx, len(packet)); err != nil {
			return err
		}
	}
	i.deliver(i.parser.feed(packet))
	for _, e := range i.parser.mice { // behind the keys of the packet, which were not alone
		i.key()
		i.send(e)
	}
	i.wait()
	return nil
}

// wait sets the timer, if something waits for more.
func (i *input) wait() {
	if wait := i.parser.patience(); wait > 0 {
		turn := i.turn
		i.timer = time.AfterFunc(wait, func() { i.expire(turn) })
	}
}

// expire ends what waited in vain.
func (i *input) expire(turn uint64) {
	defer i.contain()
	i.mu.Lock()
	defer i.mu.Unlock()
	if turn == i.turn {
		i.deliver(i.parser.expire())
		i.wait()
	}
}

// stop ends the turn of the timer.
func (i *input) stop() {
	i.turn++
	if i.timer != nil {
		i.timer.Stop()
	}
}

// deliver hands keys to the program; it waits while that is busy. In a paste ctrl+c is text.
func (i *input) deliver(keys []tui.Key) {
	for _, k := range keys {
		i.key()
		if k.Type == tea.KeyCtrlC {
			i.interrupt()
		}
		i.send(k)
	}
}

// contain ends the session when its input panicked.
func (i *input) contain() {
	if r := recover(); r != nil {
		i.failed(r)
	}
}
