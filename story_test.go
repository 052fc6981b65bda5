package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	gossh "golang.org/x/crypto/ssh"
)

// TestMain lets stories run this program as "tuppence".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tuppence": main})
}

// patience bounds every wait of a story. Nothing waits longer than it must: all of them wait for a fact.
const patience = 30 * time.Second

// TestStories runs testdata/*.txtar: the real program, the real ssh client, a browser without a window. Commands beside
// those of testscript:
//
//	start demo|serve [flag...]   runs the service on free ports; sets $SSHPORT, $HTTP and $SHOP
//	stop, kill9                  ends it in order, or not
//	key NAME...                  makes SSH keys with ssh-keygen; $NAME is the fingerprint
//	as NAME [arg...]             ssh with that key; the exit status is the command's
//	terminal NAME WxH [wait TEXT | press KEYS | show]...   a person at a terminal; KEYS: enter, esc, tab, ctrl+x or text
//	browse NAME GET|POST URL [field=value...]   a browser with cookies; the page goes to stdout
//	api METHOD PATH [BODY [KEY]] the vendor's call with its API key; BODY is a file, KEY the idempotency key
//	capture NAME REGEXP          keeps the first group in the last output as $NAME
//	await NAME ARGS... -- TEXT   repeats ssh until its output has the text
func TestStories(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("stories need the OpenSSH client: install openssh-client")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			w := &world{dir: e.WorkDir, browsers: map[string]*http.Client{}}
			e.Values["world"] = w
			e.Setenv("HOME", e.WorkDir)
			e.Defer(func() { w.end(syscall.SIGKILL) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "stop": stopService(syscall.SIGTERM), "kill9": stopService(syscall.SIGKILL), "key": makeKeys, "as": as, "await": await,
			"terminal": terminal, "browse": browse, "api": callAPI, "capture": capture,
		},
	})
}

// world is what one story has running.
type world struct {
	dir      string
	service  *exec.Cmd
	done     chan error
	log      *bytes.Buffer
	mu       sync.Mutex
	browsers map[string]*http.Client
	last     string // last output of as, browse, api and terminal
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value("world").(*world) }

// say makes text the output that stdout and capture look at.
func say(ts *testscript.TestScript, text string) {
	worldOf(ts).last = text
	_, err := io.WriteString(ts.Stdout(), text)
	ts.Check(err)
}

var listening = regexp.MustCompile(`msg=listening http=(\S+) ssh=\S+:(\d+)`)

func start(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if len(args) == 0 {
		ts.Fatalf("usage: start demo|serve [flag...]")
	}
	args = append([]string{args[0], "--data", "data", "--http", "127.0.0.1:0", "--ssh", "127.0.0.1:0", "--shop", "127.0.0.1:0"}, args[1:]...)
	cmd := exec.Command("tuppence", args...)
	cmd.Dir = w.dir
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + w.dir, "TMPDIR=" + ts.Getenv("TMPDIR")}
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	w.service, w.done = cmd, make(chan error, 1)
	greeted, logged := make(chan string, 1), make(chan string, 1)
	log := &bytes.Buffer{}
	var readers sync.WaitGroup
	readers.Go(func() {
		var greeting strings.Builder
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			fmt.Fprintln(&greeting, lines.Text())
			if strings.HasPrefix(lines.Text(), "data") {
				greeted <- greeting.String()
			}
		}
	})
	readers.Go(func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			w.mu.Lock()
			fmt.Fprintln(log, lines.Text())
			w.mu.Unlock()
			if listening.MatchString(lines.Text()) {
				logged <- lines.Text()
			}
		}
	})
	w.log = log
	go func() { readers.Wait(); w.done <- cmd.Wait() }()
	select {
	case line := <-logged:
		m := listening.FindStringSubmatch(line)
		ts.Setenv("HTTP", "http://"+m[1])
		ts.Setenv("SSHPORT", m[2])
		greeting := <-greeted
		if _, rest, ok := strings.Cut(greeting, "shop    "); ok {
			shop, _, _ := strings.Cut(rest, "\n")
			ts.Setenv("SHOP", shop)
		}
		say(ts, greeting)
		if neg {
			ts.Fatalf("the service started")
		}
	case err := <-w.done:
		w.service = nil
		w.last = log.String()
		_, _ = io.WriteString(ts.Stderr(), log.String())
		if !neg {
			ts.Fatalf("the service did not start: %v\n%s", err, log)
		}
	case <-time.After(patience):
		ts.Fatalf("the service says nothing")
	}
}

func stopService(sig syscall.Signal) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, _ []string) {
		if err := worldOf(ts).end(sig); err != nil && sig == syscall.SIGTERM {
			ts.Fatalf("the service ended with %v\n%s", err, worldOf(ts).log)
		}
	}
}

func (w *world) end(sig syscall.Signal) error {
	if w.service == nil {
		return nil
	}
	_ = w.service.Process.Signal(sig)
	w.service = nil
	select {
	case err := <-w.done:
		return err
	case <-time.After(patience):
		return fmt.Errorf("the service does not end")
	}
}

func makeKeys(ts *testscript.TestScript, _ bool, names []string) {
	for _, n := range names {
		ts.Check(ts.Exec("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", n, "-f", n))
		pub, _, _, _, err := gossh.ParseAuthorizedKey([]byte(ts.ReadFile(n + ".pub")))
		ts.Check(err)
		ts.Setenv(n, gossh.FingerprintSHA256(pub))
	}
}

// sshArgs are the options of a client that has only this key and trusts only this port.
func sshArgs(ts *testscript.TestScript, name string, options ...string) []string {
	identity := ts.MkAbs(name)
	if name == "operator" {
		identity = ts.MkAbs("data/operator_key")
	}
	return append(append([]string{
		"-F", "none", "-i", identity, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR", "-o", "UserKnownHostsFile=" + ts.MkAbs("known_hosts_"+ts.Getenv("SSHPORT")),
		"-p", ts.Getenv("SSHPORT"),
	}, options...), "localhost")
}

func as(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: as NAME [arg...]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ssh", append(sshArgs(ts, args[0], "-T"), quoted(args[1:])...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	worldOf(ts).last = out.String() + errs.String()
	_, _ = ts.Stdout().Write(out.Bytes())
	_, _ = ts.Stderr().Write(errs.Bytes())
	ts.Setenv("STATUS", fmt.Sprint(cmd.ProcessState.ExitCode()))
	if neg == (err == nil) {
		ts.Fatalf("ssh %q: %v\n%s%s", args[1:], err, out.String(), errs.String())
	}
}

// quoted protects arguments from the shell that ssh believes to talk to.
func quoted(args []string) []string {
	var all []string
	for _, a := range args {
		all = append(all, "'"+strings.ReplaceAll(a, "'", `'\''`)+"'")
	}
	return all
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	n := len(args) - 2
	if neg || n < 1 || args[n] != "--" {
		ts.Fatalf("usage: await NAME [arg...] -- TEXT")
	}
	for end := time.Now().Add(patience); ; {
		out, _ := exec.Command("ssh", append(sshArgs(ts, args[0], "-T"), quoted(args[1:n])...)...).CombinedOutput()
		if strings.Contains(string(out), args[n+1]) {
			say(ts, string(out))
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%q never came:\n%s", args[n+1], out)
		}
	}
}

// terminal drives the real ssh client with a screen that a terminal emulator draws.
func terminal(ts *testscript.TestScript, neg bool, args []string) {
	var width, height int
	if len(args) < 2 || neg {
		ts.Fatalf("usage: terminal NAME WxH [wait TEXT | press KEYS]...")
	}
	if _, err := fmt.Sscanf(args[1], "%dx%d", &width, &height); err != nil {
		ts.Fatalf("size %q: %v", args[1], err)
	}
	s, err := openTerminal(sshArgs(ts, args[0], "-tt"), width, height)
	ts.Check(err)
	defer s.close()
	for i := 2; i < len(args); i += 2 {
		switch {
		case args[i] == "wait" && i+1 < len(args):
			if !s.waitFor(args[i+1]) {
				ts.Fatalf("the screen never showed %q:\n%s", args[i+1], s.text())
			}
		case args[i] == "press" && i+1 < len(args):
			ts.Check(s.press(args[i+1]))
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

func openTerminal(args []string, width, height int) (*screen, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		return nil, err
	}
	cmd := exec.Command("ssh", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_ = slave.Close()
	s := &screen{vt: vt.NewEmulator(width, height), changed: make(chan struct{}, 1), keys: master, cmd: cmd, ended: make(chan struct{})}
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

var keyNames = map[string]string{"enter": "\r", "esc": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "backspace": "\x7f", "ctrl+c": "\x03", "ctrl+x": "\x18", "space": " "}

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

func browse(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: browse NAME GET|POST URL [field=value...]")
	}
	w := worldOf(ts)
	b := w.browsers[args[0]]
	if b == nil {
		jar, err := cookiejar.New(nil)
		ts.Check(err)
		b = &http.Client{Jar: jar, Timeout: patience, Transport: toLoopback()}
		w.browsers[args[0]] = b
	}
	form := url.Values{}
	for _, f := range args[3:] {
		name, value, _ := strings.Cut(f, "=")
		form.Set(name, value)
	}
	req, err := http.NewRequest(args[1], args[2], strings.NewReader(form.Encode()))
	ts.Check(err)
	if args[1] == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Setenv("URL", res.Request.URL.String())
	say(ts, withoutStyle.ReplaceAllString(string(body), ""))
	if neg == (res.StatusCode < 400) {
		ts.Fatalf("%s %s: %s\n%s", args[1], args[2], res.Status, body)
	}
}

// withoutStyle makes a page readable in the log of a story.
var withoutStyle = regexp.MustCompile(`(?s)<style>.*</style>`)

// toLoopback takes every name under localhost to this machine, as browsers do.
func toLoopback() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		var d net.Dialer
		return d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}}
}

func callAPI(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: api METHOD PATH [BODY [KEY]]")
	}
	var body io.Reader
	if len(args) > 2 && args[2] != "-" {
		body = strings.NewReader(os.Expand(ts.ReadFile(args[2]), ts.Getenv))
	}
	req, err := http.NewRequest(args[0], ts.Getenv("HTTP")+"/v1"+args[1], body)
	ts.Check(err)
	key := ts.Getenv("APIKEY")
	if key == "" {
		key = ts.ReadFile("data/" + shopKeyFile)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(key))
	req.Header.Set("Content-Type", "application/json")
	if len(args) > 3 {
		req.Header.Set("Idempotency-Key", args[3])
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Setenv("STATUS", fmt.Sprint(res.StatusCode))
	say(ts, string(answer))
	if neg == (res.StatusCode < 400) {
		ts.Fatalf("%s %s: %s\n%s", args[0], args[1], res.Status, answer)
	}
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	m := regexp.MustCompile(args[1]).FindStringSubmatch(worldOf(ts).last)
	if len(m) < 2 {
		ts.Fatalf("%s is not in\n%s", args[1], worldOf(ts).last)
	}
	ts.Setenv(args[0], m[1])
}
