package ssh

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/view"
	"tuppence/tui/command"
	"tuppence/tui/command/commandtest"
)

// talker is a server with the wallet of the fixture, and a client whose key it knows.
func talker(t *testing.T, change func(*Options)) (*commandtest.Service, *Server, *gossh.Client) {
	t.Helper()
	svc, key := commandtest.New(), newKey(t)
	svc.Data.People[gossh.FingerprintSHA256(key.PublicKey())] = svc.Data.People[commandtest.Ada.Fingerprint]
	s := serve(t, NewFront(svc, FrontOptions{Now: func() time.Time { return commandtest.Now }}), change)
	return svc, s, dial(t, s, key)
}

// A dumb terminal, and any terminal that asks for it, gets lines: what is typed is echoed, every line ends with CR LF,
// and no byte moves a cursor.
func TestPlainTalkAtATerminal(t *testing.T) {
	for line, term := range map[string]string{"": "dumb", "plain": "xterm-256color"} {
		svc, _, c := talker(t, nil)
		r := sitAt(t, c, line, term, 80, 24)
		r.see("help, or leave.")
		r.press("whomi\x7f\x7fami\r")
		r.see("Role: user.")
		svc.Change(func(d *commandtest.Data) { d.Approvals = d.Approvals[:1] })
		r.see("EVENT: ")
		r.press("leave\r")
		if code := r.end(); code != command.ExitOK {
			t.Errorf("exit %d", code)
		}
		got := r.text()
		for _, b := range []byte(strings.ReplaceAll(got, "\r\n", "")) {
			if b < ' ' || b > '~' {
				t.Errorf("writes %#x", b)
			}
		}
		for _, want := range []string{"> whomi\r\n> whoami\r\nRole: user.\r\n", "> leave\r\nGoodbye.\r\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in %q", want, got)
			}
		}
	}
}

// Without a terminal the client echoes, and lines end with LF.
func TestPlainTalkWithoutATerminal(t *testing.T) {
	_, _, c := talker(t, nil)
	sess, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	sess.Stdin, sess.Stdout = strings.NewReader("whoami\nlock"), &out
	if err := sess.Run("plain"); err != nil {
		t.Error(err)
	}
	if got := out.String(); strings.Contains(got, "\r") || !strings.HasSuffix(got, "Notices: off.\n> \nGoodbye.\n") {
		t.Errorf("%q", got)
	}
}

// A locale that is not UTF-8 gets a question mark for each letter that it may not have.
func TestPlainTalkInASCII(t *testing.T) {
	for lang, want := range map[string]string{
		"LANG=de_DE.ISO-8859-1": "Lecture 7: ?????, paid", "LANG=en_US.UTF-8": "Lecture 7: \u6c37",
		"LANG=en_US.UTF-8 LC_ALL=C": "Lecture 7: ?????, paid", "LANG=C LC_CTYPE=C.UTF-8": "Lecture 7: \u6c37",
	} {
		_, _, c := talker(t, nil)
		sess, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range strings.Fields(lang) {
			name, value, _ := strings.Cut(v, "=")
			if err := sess.Setenv(name, value); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		sess.Stdin, sess.Stdout = strings.NewReader("history\n"), &out
		if err := sess.Run("plain"); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v, %q", lang, err, out.String())
		}
	}
}

// A line that is half typed when the connection dies does nothing.
func TestHalfALineAtAHangupDoesNothing(t *testing.T) {
	svc, _, c := talker(t, nil)
	r := sitAt(t, c, "plain", "dumb", 80, 24)
	r.see("help, or leave.")
	r.press("lock")
	r.see("> lock")
	c.Close()
	r.end()
	if svc.Calls("Lock") != 0 {
		t.Error("half a line has locked")
	}
}

// A talk ends as a screen does: after a time without a key, and at a restart, with a word.
func TestPlainTalkEndsWithAWord(t *testing.T) {
	_, _, c := talker(t, func(o *Options) { o.Limits.Idle = 50 * time.Millisecond })
	r := sitAt(t, c, "plain", "dumb", 80, 24)
	if code := r.end(); code != command.ExitLater || !strings.Contains(r.text(), "\r\nClosed after") {
		t.Errorf("exit %d, %q", code, r.text())
	}
	_, s, c := talker(t, nil)
	r = sitAt(t, c, "plain", "dumb", 80, 24)
	r.see("help, or leave.")
	r.press("balance") // while a line is typed, too
	r.see("> balance")
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if code := r.end(); code != command.ExitLater || !strings.HasSuffix(r.text(), "balance\r\n"+endRestart.text+"\r\n") {
		t.Errorf("exit %d, %q", code, r.text())
	}
}

// A talk is told before it ends as a screen is, also while a line is typed, which stands there again then.
func TestPlainTalkIsWarnedBeforeItEnds(t *testing.T) {
	_, s, c := talker(t, func(o *Options) { o.Limits.Notice = time.Minute })
	r := sitAt(t, c, "plain", "dumb", 80, 24)
	r.see("help, or leave.")
	r.press("balan")
	r.see("> balan")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	r.see("Restarting, back in about a minute. What you confirmed is kept.\r\n> balan")
	r.press("ce\r")
	r.see("12.40 EUR")
	r.press("leave\r")
	if code := r.end(); code != command.ExitOK {
		t.Errorf("exit %d", code)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	_, _, c = talker(t, func(o *Options) { o.Limits.Idle = 300 * time.Millisecond })
	r = sitAt(t, c, "plain", "dumb", 80, 24)
	r.see("This session ends in 1 s, as no key comes. Any key keeps it open.")
}

// A list that is followed has no limit of time but its session's, and a restart does not wait for it.
func TestFollowingEndsWithTheSession(t *testing.T) {
	for _, how := range []string{"client", "restart"} {
		svc, s, c := talker(t, func(o *Options) { o.Limits.Exec = time.Millisecond })
		sess, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out, err := sess.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := sess.Start("history --follow"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the list to be followed", func() bool { return svc.Calls("History") > 0 })
		svc.Change(func(d *commandtest.Data) {
			row := d.Rows[0]
			row.ID = "chg_9kq4m"
			d.Rows = append([]view.Row{row}, d.Rows...)
		})
		line := make([]byte, len("2026-11-24 14:02  chg_9kq4m"))
		if _, err := io.ReadFull(out, line); err != nil || string(line) != "2026-11-24 14:02  chg_9kq4m" {
			t.Errorf("%q, %v", line, err)
		}
		if how == "client" {
			sess.Close()
			eventually(t, "the session to end", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.live) == 0 })
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	}
}
