package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// casts is where stories put recordings of their terminals: make shots. Without it they make none.
var casts = flag.String("casts", "", "directory for recordings (asciicast v2) of stories that have captions")

// Time in a recording is that of a reader and of hands, not that of the machine that recorded it.
const (
	castWidth, castHeight = 80, 26 // a terminal of 80x24 and two lines for captions
	castFrame             = 40 * time.Millisecond
	castKey               = 150 * time.Millisecond
	castRead              = 2200 * time.Millisecond
)

// castClear gives the terminal back and clears it: the next part begins on an empty one.
const castClear = "\x1b[m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[2J\x1b[H"

// recording is an asciicast of all terminals of one story. A nil one takes everything and keeps nothing.
type recording struct {
	mu      sync.Mutex
	out     bytes.Buffer
	at      time.Duration
	caption string
}

// record adds what the terminal received.
func (r *recording) record(bytes []byte) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.event(castFrame, string(bytes))
}

// wait lets time pass.
func (r *recording) wait(d time.Duration) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at += d
}

// say shows a caption below the terminal, for long enough to read it and to look.
func (r *recording) say(caption string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.caption = caption
	r.event(castFrame, fmt.Sprintf("\x1b7\x1b[m\x1b[%d;1H\x1b[2K  \x1b[1m%s\x1b[m\x1b8", castHeight, caption))
	r.at += castRead
}

// event is called with the lock held.
func (r *recording) event(after time.Duration, text string) {
	r.at += after
	line, err := json.Marshal([]any{r.at.Seconds(), "o", text})
	if err != nil {
		panic(err) // a number and a text
	}
	r.out.Write(append(line, '\n'))
}

// save writes the recording of a story that has captions.
func (r *recording) save(name string) error {
	if r == nil || r.caption == "" {
		return nil
	}
	head, err := json.Marshal(map[string]any{
		"version": 2, "width": castWidth, "height": castHeight, "title": "tuppence: " + name,
		"env": map[string]string{"TERM": "xterm-256color"},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*casts, name+".cast"), append(append(head, '\n'), r.out.Bytes()...), 0o644)
}

// caption says in a recording what happens, also where no terminal is open.
func caption(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: caption TEXT")
	}
	worldOf(ts).cast.say(args[0])
}

// A recording is lines of JSON in the order of time, which a player can show.
func TestRecording(t *testing.T) {
	var none *recording
	none.record([]byte("x"))
	none.say("nothing is kept")
	r := &recording{}
	r.record([]byte("\x1b[1mtwo\r\n"))
	r.say("a 氷 caption")
	r.record([]byte("pence"))
	last := 0.0
	lines := strings.Split(strings.TrimSpace(r.out.String()), "\n")
	for _, l := range lines {
		var event [3]any
		if err := json.Unmarshal([]byte(l), &event); err != nil || event[1] != "o" {
			t.Fatalf("%q: %v", l, err)
		}
		if at := event[0].(float64); at <= last {
			t.Errorf("%q is not later than %v", l, last)
		} else {
			last = at
		}
	}
	if len(lines) != 3 || last < castRead.Seconds() {
		t.Errorf("%d events until %v s", len(lines), last)
	}
}
