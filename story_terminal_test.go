package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// terminal drives the real ssh client with a screen that a terminal emulator draws.
func terminal(ts *testscript.TestScript, neg bool, args []string) {
	var width, height int
	if len(args) < 2 || neg {
		ts.Fatalf("usage: terminal NAME WxH [term TERM] [run WORDS] " +
			"[wait TEXT | press KEYS | copy REGEXP | shot FILE | caption TEXT]...")
	}
	if _, err := fmt.Sscanf(args[1], "%dx%d", &width, &height); err != nil {
		ts.Fatalf("size %q: %v", args[1], err)
	}
	term, words, i := "xterm-256color", []string(nil), 2
	for ; i+1 < len(args) && (args[i] == "term" || args[i] == "run"); i += 2 {
		if args[i] == "term" {
			term = args[i+1]
		} else {
			words = strings.Fields(args[i+1])
		}
	}
	cast := worldOf(ts).cast
	s, err := openTerminal(append(sshArgs(ts, args[0], "-tt"), words...), term, width, height, cast)
	ts.Check(err)
	defer cast.record([]byte(castClear))
	defer s.close()
	for ; i < len(args); i += 2 {
		switch {
		case args[i] == "copy" && i+1 < len(args):
			found := regexp.MustCompile(args[i+1]).FindStringSubmatch(s.text())
			if len(found) < 2 {
				ts.Fatalf("%s is not on the screen:\n%s", args[i+1], s.text())
			}
			ts.Check(s.press(found[1]))
		case args[i] == "wait" && i+1 < len(args):
			if !s.waitFor(args[i+1]) {
				ts.Fatalf("the screen never showed %q:\n%s", args[i+1], s.text())
			}
		case args[i] == "press" && i+1 < len(args):
			cast.wait(castKey)
			ts.Check(s.press(args[i+1]))
		case args[i] == "caption" && i+1 < len(args):
			cast.say(args[i+1])
		case args[i] == "shot" && i+1 < len(args):
			ts.Check(s.shot(args[i+1]))
		default:
			ts.Fatalf("terminal: %q", args[i:])
		}
	}
	say(ts, s.text())
}

// screen is a terminal emulator at the end of a real ssh client.
type screen struct {
	mu      sync.Mutex
	vt      *vt.Emulator
	changed chan struct{}
	keys    io.WriteCloser
	cmd     *exec.Cmd
	ended   chan struct{}
}

func openTerminal(args []string, term string, width, height int, cast *recording) (*screen, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		return nil, err
	}
	cmd := exec.Command("ssh", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.Env = append(os.Environ(), "TERM="+term)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_ = slave.Close()
	s := &screen{
		vt:      vt.NewEmulator(width, height),
		changed: make(chan struct{}, 1),
		keys:    master,
		cmd:     cmd,
		ended:   make(chan struct{}),
	}
	go func() { _, _ = io.Copy(io.Discard, s.vt) }() // answers of the emulator: the program asks nothing
	go func() {
		defer close(s.ended)
		buf := make([]byte, 32<<10)
		for {
			n, err := master.Read(buf)
			if n > 0 {
				s.mu.Lock()
				_, _ = s.vt.Write(buf[:n])
				s.mu.Unlock()
				cast.record(buf[:n])
				select {
				case s.changed <- struct{}{}:
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return s, nil
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vt.String()
}

// shot writes a picture of the screen, if pictures are wanted.
func (s *screen) shot(name string) error {
	if *shots == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return os.WriteFile(filepath.Join(*shots, name), drawScreen(s.vt, sheetOf(name)), 0o644)
}

func (s *screen) waitFor(text string) bool {
	limit := time.After(patience)
	for !strings.Contains(s.text(), text) {
		select {
		case <-s.changed:
		case <-s.ended:
			return strings.Contains(s.text(), text)
		case <-limit:
			return false
		}
	}
	return true
}

var keyNames = map[string]string{
	"enter":     "\r",
	"esc":       "\x1b",
	"tab":       "\t",
	"up":        "\x1b[A",
	"down":      "\x1b[B",
	"backspace": "\x7f",
	"ctrl+c":    "\x03",
	"ctrl+x":    "\x18",
	"ctrl+u":    "\x15",
	"ctrl+d":    "\x04",
	"ctrl+k":    "\x0b",
	"ctrl+l":    "\x0c",
	"ctrl+t":    "\x14",
	"shift+tab": "\x1b[Z",
	"right":     "\x1b[C",
	"left":      "\x1b[D",
	"home":      "\x1b[H",
	"end":       "\x1b[F",
	"pgup":      "\x1b[5~",
	"pgdown":    "\x1b[6~",
	"space":     " ",
	// What a terminal says by itself, when another program has asked it before: its version, the colour of its paper.
	"answers": "\x1bP>|kitty(0.45.0)\x1b\\\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
}

func (s *screen) press(keys string) error {
	if k, ok := keyNames[keys]; ok {
		keys = k
	}
	_, err := io.WriteString(s.keys, keys)
	return err
}

func (s *screen) close() {
	_ = s.cmd.Process.Kill()
	_ = s.keys.Close()
	_ = s.cmd.Wait()
	<-s.ended
}
