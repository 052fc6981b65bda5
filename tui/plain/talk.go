package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// Options of Run. Now is needed.
type Options struct {
	Terminal bool             // what is typed is echoed here, and lines end with CR LF
	ASCII    bool             // the other end has no other letters: "?" stands for them
	Now      func() time.Time // for what is left of a request, and the clock of events
	Log      *slog.Logger     // where internal errors go, once each; nil: nowhere
	NewID    func() string    // idempotency keys and ids of errors; nil: random
	Version  string           // of the program
	Start    []string         // words of a command that runs first
	Told     <-chan string    // sentences from outside, that the talk ends soon; nil: none come
	// Pause is how long nothing is heard before an answer that decides; 0: 300 ms. What was typed before a question could
	// be read is no answer to it.
	Pause time.Duration
}

// prompt says that a line can be typed.
const prompt = "> "

// Errors that end a part of the talk.
var (
	errLeft = errors.New("plain: the person has left")
	errBack = errors.New("plain: one step back")
)

// talk is one conversation. All of it but listen runs in the goroutine of Run.
type talk struct {
	ctx  context.Context
	quit context.CancelCauseFunc
	svc  command.Service
	who  view.Caller
	o    Options
	out  io.Writer

	typed  chan []byte // packets of what was typed; closed at its end
	ahead  []byte      // of a packet: what comes behind the line that was read
	editor editor

	me     view.Identity
	house  view.House
	locked bool     // the person closed the purchase window: lines leave it closed
	rows   []string // ids of the last list: "show 2" is its second row
	more   []string // the words that print the following page, nil if there is none
	own    string   // what the person typed and read last: that is no news
	woken  <-chan view.Wake
	seen   *glance // what is known already; nil: there is no wallet to look at
}

// queued is how many packets wait while something runs. Behind them the client waits.
const queued = 64

// Run talks until the person leaves (nil), until ctx ends (its cause), or until the client is gone. A line that is not
// complete then does nothing. The goroutine that reads ends with in.
func Run(
	ctx context.Context, svc command.Service, who view.Caller, in io.Reader, out io.Writer, o Options,
) (err error) {
	if o.Now == nil {
		return errors.New("plain: Options.Now is missing")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Pause == 0 {
		o.Pause = 300 * time.Millisecond
	}
	t := &talk{
		svc: svc, who: who, o: o, out: out, typed: make(chan []byte, queued), editor: editor{echo: o.Terminal},
	}
	t.ctx, t.quit = context.WithCancelCause(ctx)
	defer t.quit(nil)
	go t.listen(in)
	err = t.converse()
	if t.ctx.Err() != nil { // whatever failed because of it
		err = context.Cause(t.ctx)
	}
	if !errors.Is(err, errLeft) {
		return err
	}
	t.say("Goodbye.")
	return nil
}

// listen reads what is typed. Ctrl+c is heard also while something runs.
func (t *talk) listen(in io.Reader) {
	defer close(t.typed)
	defer func() {
		if p := recover(); p != nil {
			t.quit(fmt.Errorf("plain: reading: %v", p))
		}
	}()
	var buf [1024]byte
	for {
		n, err := in.Read(buf[:])
		packet := append([]byte(nil), buf[:n]...)
		if strings.IndexByte(string(packet), ctrlC) >= 0 {
			t.quit(errLeft)
			return
		}
		if n > 0 {
			select {
			case t.typed <- packet:
			case <-t.ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// converse greets and then does what each line says.
func (t *talk) converse() (err error) {
	if t.house, err = t.svc.House(t.ctx); err != nil {
		return t.lost(err)
	}
	if err := t.know(); err != nil {
		return t.lost(err)
	}
	if err := t.begin(); err != nil && !errors.Is(err, errBack) {
		return err
	}
	if len(t.o.Start) > 0 {
		if err := t.verb(t.o.Start); err != nil && !errors.Is(err, errBack) {
			return err
		}
	}
	for {
		line, err := t.line(false, true)
		if err != nil {
			return err
		}
		t.touch()
		t.own = line
		if err := t.do(strings.TrimSpace(line)); err != nil && !errors.Is(err, errBack) {
			return err
		}
		t.tellNews()
	}
}

// lost tells why the talk cannot go on.
func (t *talk) lost(err error) error {
	t.fault(err)
	return err
}

// know looks up who the key is, and what is new from now on.
func (t *talk) know() (err error) {
	had := t.hasWallet()
	if t.me, err = t.svc.WhoAmI(t.ctx, t.who); err != nil || !t.hasWallet() || had {
		return err
	}
	if t.woken, err = t.svc.Watch(t.ctx, t.who); err == nil {
		t.seen, err = t.look()
	}
	return err
}

// hasWallet tells whether the key has a wallet of its own.
func (t *talk) hasWallet() bool { return command.May(t.me, ledger.RoleUser) }

// touch says that the person is here: the purchase window moves on, as by a key of the screens.
func (t *talk) touch() {
	if t.hasWallet() && !t.locked {
		if err := t.svc.Touch(t.ctx, t.who); err != nil {
			t.o.Log.Debug("touch", "error", err)
		}
	}
}

// do does what a line says.
func (t *talk) do(line string) error {
	switch strings.ToLower(line) {
	case "":
		t.status()
		return nil
	case "leave", "quit", "exit", "q":
		return errLeft
	case "help", "?":
		return t.help()
	case "menu":
		t.sayMenu()
		return nil
	case "answer":
		return t.answer("")
	case "more":
		if t.more == nil {
			t.say("There is no more.")
			return nil
		}
		more := t.more
		t.more = nil
		return t.run(more)
	}
	if act := t.chosen(line); act != nil {
		return act()
	}
	words, err := command.Words(line)
	if err != nil {
		t.say("Not understood: " + err.Error() + ".")
		return nil
	}
	return t.verb(words)
}

// line reads one line behind a prompt. Idle says that no question is open: then what came from elsewhere is told, as
// long as nothing is typed.
func (t *talk) line(secret, idle bool) (string, error) {
	t.editor.begin(secret)
	t.write(prompt)
	if idle { // what comes from now on is not from the person
		t.own = ""
	}
	for {
		line, did := t.typedAhead()
		switch {
		case did == leaving:
			t.write("\n")
			return "", errLeft
		case did == ended && t.editor.over:
			t.say(fmt.Sprintf("That is longer than the %d characters that a line may have. Nothing was done.", maxInput))
			t.editor.begin(secret)
			t.write(prompt)
			continue
		case did == ended:
			return line, nil
		}
		var woken <-chan view.Wake
		if idle && t.editor.empty() {
			woken = t.woken
		}
		select {
		case <-t.ctx.Done():
			t.write("\n")
			return "", context.Cause(t.ctx)
		case packet, open := <-t.typed:
			if !open {
				t.write("\n")
				return "", errLeft
			}
			t.ahead = packet
		case text := <-t.o.Told: // whatever is asked or typed
			t.write("\n")
			t.say(t.event(text))
			t.write(prompt + t.editor.shown())
		case w := <-woken:
			if !w.Anything() {
				continue
			}
			if news := t.news(); len(news) > 0 {
				t.write("\n")
				t.say(news...)
				t.own = ""
				t.write(prompt)
			}
		}
	}
}

// typedAhead feeds the editor with what has come, to the end of the line.
func (t *talk) typedAhead() (line string, did event) {
	for len(t.ahead) > 0 && did == nothing {
		var shown string
		shown, did = t.editor.feed(t.ahead[0])
		t.ahead = t.ahead[1:]
		t.write(shown)
	}
	return string(t.editor.line), did
}

// say writes lines. Whatever they hold, what leaves is plain.
func (t *talk) say(lines ...string) {
	for _, l := range lines {
		if l = strings.TrimRight(l, "\n "); l != "" {
			t.own += "\n" + l
			t.write(l + "\n")
		}
	}
}

// write is the only way out.
func (t *talk) write(text string) {
	text = command.PlainText(text)
	if t.o.ASCII {
		text = strings.Map(func(r rune) rune {
			if r > '~' {
				return '?'
			}
			return r
		}, text)
	}
	if t.o.Terminal {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if text == "" {
		return
	}
	if _, err := io.WriteString(t.out, text); err != nil {
		t.quit(err)
	}
}

// fault tells what went wrong, and what to do. What is internal is logged, and told by an id.
func (t *talk) fault(err error) {
	if t.ctx.Err() != nil {
		return
	}
	p, ok := command.ProblemOf(err)
	if !ok {
		id := t.newID()
		t.o.Log.Error("plain: failed", "id", id, "key", t.who.Fingerprint, "error", err)
		t.say("Internal error, quote " + id + ". Nothing is known to have happened; look at the history.")
		return
	}
	t.say(command.Spell(view.Clean(p.Detail)), command.Spell(view.Clean(p.Remedy)))
}
