package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// local is a server that somebody writes on a machine of their own, with the two programs that bring it events.
type local struct {
	site  *httptest.Server
	ssh   *exec.Cmd
	ended chan error // of tuppence forward
	said  *strings.Builder

	mu     sync.Mutex // guards what follows
	secret string
	taken  []string // bodies whose signature was right
	wrong  int
	status int
	fresh  chan struct{} // something came
}

// ServeHTTP verifies an event as the library of Standard Webhooks does.
func (l *local) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	signer, bad := standardwebhooks.NewWebhook(l.secret)
	if err != nil || bad != nil || signer.Verify(body, r.Header) != nil {
		l.wrong++
	} else {
		l.taken = append(l.taken, string(body))
	}
	w.WriteHeader(l.status)
	select {
	case l.fresh <- struct{}{}:
	default:
	}
}

// develop plays who writes a server at home:
//
//	develop listen NAME       ssh HOST shop listen --json | tuppence forward URL, until the secret is there
//	develop heard TEXT        waits for an event with a right signature that has the text; it goes to stdout
//	develop follow NAME BODY TEXT   ssh HOST shop sales --follow, and charges of BODY until a line has the text
//	develop answers STATUS    what the server answers from now on
//	develop ends [STATUS]     ssh is ended; tuppence forward ends with the exit status, without one 0
func develop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: develop listen|heard|answers|ends")
	}
	w := worldOf(ts)
	switch args[0] {
	case "listen":
		w.local = startLocal(ts, args[1])
	case "follow":
		say(ts, followSales(ts, args[1], args[2], args[3]))
	case "heard":
		say(ts, w.local.heard(ts, args[1]))
	case "answers":
		w.local.mu.Lock()
		defer w.local.mu.Unlock()
		_, err := fmt.Sscan(args[1], &w.local.status)
		ts.Check(err)
	case "ends":
		say(ts, w.local.end(ts, append(args, "0")[1]))
	}
}

func startLocal(ts *testscript.TestScript, name string) *local {
	l := &local{
		status: http.StatusNoContent, fresh: make(chan struct{}, 1), ended: make(chan error, 1), said: &strings.Builder{},
	}
	l.site = httptest.NewServer(l)
	l.ssh = exec.Command("ssh", append(sshArgs(ts, name, "-T"), "shop", "listen", "--json")...)
	forward := exec.Command("tuppence", "forward", l.site.URL+"/hooks")
	forward.Env = append(forward.Environ(), "PATH="+ts.Getenv("PATH"))
	if path, err := exec.LookPath("tuppence"); err == nil {
		forward.Path = path
	}
	lines, err := l.ssh.StdoutPipe()
	ts.Check(err)
	forward.Stdin, forward.Stdout = lines, l.said
	errs, err := forward.StderrPipe()
	ts.Check(err)
	ts.Check(l.ssh.Start())
	ts.Check(forward.Start())
	secret := make(chan string, 1)
	go func() {
		for s := bufio.NewScanner(errs); s.Scan(); {
			if _, word, found := strings.Cut(s.Text(), "whsec_"); found {
				secret <- "whsec_" + word
			}
		}
		l.ended <- forward.Wait()
	}()
	select {
	case s := <-secret:
		l.mu.Lock()
		l.secret = s
		l.mu.Unlock()
	case err := <-l.ended:
		ts.Fatalf("forward ended: %v", err)
	case <-time.After(patience):
		ts.Fatalf("no secret came")
	}
	return l
}

// followSales sells until a line of the list that is followed has the text: what was sold before it was followed is not
// told, and it does not say when it begins.
func followSales(ts *testscript.TestScript, name, body, text string) string {
	cmd := exec.Command("ssh", append(sshArgs(ts, name, "-T"), "shop", "sales", "--follow", "--json")...)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for n, late := 0, time.After(patience); ; n++ {
		callAPI(ts, false, []string{http.MethodPost, "/charges", body, fmt.Sprint("followed ", n)})
		select {
		case line, more := <-lines:
			if strings.Contains(line, text) {
				return line
			}
			if !more {
				ts.Fatalf("the list ended")
			}
		case <-again.C:
		case <-late:
			ts.Fatalf("no line has %q", text)
		}
	}
}

// heard waits for an event.
func (l *local) heard(ts *testscript.TestScript, text string) string {
	for late := time.After(patience); ; {
		l.mu.Lock()
		for _, body := range l.taken {
			if strings.Contains(body, text) {
				l.mu.Unlock()
				return body
			}
		}
		all, wrong := strings.Join(l.taken, "\n"), l.wrong
		l.mu.Unlock()
		select {
		case <-l.fresh:
		case <-late:
			ts.Fatalf("%q was not heard, of\n%s\nand %d with a wrong signature", text, all, wrong)
		}
	}
}

// end ends ssh, and returns what forward has printed.
func (l *local) end(ts *testscript.TestScript, status string) string {
	defer l.site.Close()
	ts.Check(l.ssh.Process.Kill())
	_ = l.ssh.Wait()
	select {
	case err := <-l.ended:
		got := "0"
		if exit, is := err.(*exec.ExitError); is { //nolint:errorlint // Wait returns no other
			got = fmt.Sprint(exit.ExitCode())
		}
		if got != status || l.wrong > 0 {
			ts.Fatalf("forward ended with %s, want %s; %d events had a wrong signature\n%s", got, status, l.wrong, l.said)
		}
	case <-time.After(patience):
		ts.Fatalf("forward does not end")
	}
	return l.said.String()
}
