package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/funding/btcpay/btcpaytest"
	"tuppence/server/funding/stripe/stripetest"
)

// TestMain lets stories run this program as "tuppence", and attacks their bystander in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tuppence": main, "bystander": bystand})
}

// patience bounds every wait of a story. Nothing waits longer than it must: all of them wait for a fact.
const patience = 30 * time.Second

// TestStories runs testdata/*.txtar: the real program, the real ssh client, a browser without a window. Commands beside
// those of testscript:
//
//	start demo|serve [flag...]   runs the service, later on the same ports; sets $SSHPORT, $HTTP, $SHOP and $METRICS
//	halt, kill9                  ends it in order, or not
//	key NAME...                  makes SSH keys with ssh-keygen; $NAME is the fingerprint, $NAME_line the public key
//	as NAME [arg...]             ssh with that key; the exit status is the command's
//	sftp NAME FILE, scp NAME [arg...]  OpenSSH's clients of files with that key: story_files_test.go
//	terminal NAME WxH [term TERM] [run WORDS] [wait TEXT | press KEYS | copy REGEXP | shot FILE | caption TEXT]...
//	                                  a person at a terminal; KEYS: enter, esc, tab, ctrl+x or text; copy types what the
//	                                  group of REGEXP is on the screen
//	caption TEXT                 what happens, in the recording of the story
//	browse NAME GET|POST URL [field=value...]   a browser with cookies; the page goes to stdout
//	api METHOD PATH [BODY [KEY]] the vendor's call with its API key; BODY is a file, KEY the idempotency key
//	crash ROUNDS BODY            sells over HTTP, kills the service meanwhile, compares
//	capture NAME REGEXP          keeps the first group in the last output as $NAME
//	soon NAME SECONDS            keeps the instant that is so far away as $NAME
//	await NAME ARGS... -- TEXT   repeats ssh until its output has the text
//	agree TRIAL TOTALS           compares a trial balance in CSV with the totals of another program
//	page FILE URL                a picture of a page, if pictures are wanted
//	stripe VERB [arg...], btcpay VERB [arg...]  a double of the processor: story_processor_test.go
//	dial CALL [forged|again] [DIGITS]...  a caller, by a telephone service that signs: story_voice_test.go
//	develop VERB [arg...]        who writes a server at home: story_listen_test.go
//	site, up HOST:PORT, model KEY TOOL ARGUMENTS   a site for a gateway, waiting for one, and a language model with a
//	                                  wallet: story_paywall_test.go
//	logged TEXT                  the running service has logged that
//	posted ACCOUNT AMOUNT        what the books of the halted service have in an account
func TestStories(t *testing.T) {
	p := stories(t)
	p.Dir = "testdata"
	testscript.Run(t, p)
}

// stories is how a story is run.
func stories(t *testing.T) testscript.Params {
	t.Helper()
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Fatal("stories need the OpenSSH client: install the package openssh-client")
	}
	return testscript.Params{
		Setup: func(e *testscript.Env) error {
			w := &world{
				t: t, dir: e.WorkDir, http: anyPort, ssh: anyPort, shop: anyPort, browsers: map[string]*http.Client{},
			}
			e.Values["world"] = w
			if *casts != "" {
				w.cast = &recording{}
			}
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("TODAY", time.Now().UTC().Format(time.DateOnly))
			e.Defer(func() {
				_ = w.end(syscall.SIGKILL)
				if err := w.cast.save(strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")); err != nil {
					t.Error(err)
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "halt": stopService(syscall.SIGTERM), "kill9": stopService(syscall.SIGKILL), "key": makeKeys,
			"as": as, "await": await, "terminal": terminal, "browse": browse, "page": page, "api": callAPI,
			"capture": capture, "soon": soon, "crash": crash, "keep": keep, "caption": caption, "agree": agree,
			"gateway": playGateway,
			"stripe":  doubleOfStripe, "btcpay": doubleOfBTCPay, "posted": posted, "logged": logged,
			"dial": dial, "sftp": sftpBatch, "scp": scpCopy, "develop": develop,
			"site": plainSite, "up": up, "model": model,
		},
	}
}

// anyPort is the address of a first start.
const anyPort = "127.0.0.1:0"

// world is what one story has running.
type world struct {
	t               *testing.T // of all stories
	dir             string
	service         *exec.Cmd
	http, ssh, shop string   // addresses
	started         []string // arguments of the last start
	done            chan error
	log             *bytes.Buffer
	mu              sync.Mutex
	browsers        map[string]*http.Client
	last            string // last output of as, browse, api and terminal
	stripe          *stripetest.Double
	pages           *tls.Config // trusts the pages of that double
	btcpay          *btcpaytest.Double
	gateway         *bankGateway
	cast            *recording
	calls           map[string]*lastStep // by phone
	local           *local
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value("world").(*world) }

// say makes text the output that stdout and capture look at.
func say(ts *testscript.TestScript, text string) {
	worldOf(ts).last = text
	_, err := io.WriteString(ts.Stdout(), text)
	ts.Check(err)
}

var listening = regexp.MustCompile(`msg=listening http=(\S+) ssh=\S+:(\d+) metrics=(\S+)`)

var shopLine = regexp.MustCompile(`(?m)^shop +(\S+)$`)

func start(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if len(args) == 0 {
		ts.Fatalf("usage: start demo|serve [flag...]")
	}
	w.started = args
	args = append([]string{args[0], "--data", "data", "--http", w.http, "--ssh", w.ssh}, args[1:]...)
	if args[0] == "demo" {
		args = append(args, "--shop", w.shop)
	}
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
		w.http, w.ssh = m[1], "127.0.0.1:"+m[2] // a later start comes back under the same addresses
		ts.Setenv("HTTP", "http://"+m[1])
		// Pages have cookies of the name that the service gives itself, and not of the address.
		ts.Setenv("WEB", "http://localhost"+m[1][strings.LastIndex(m[1], ":"):])
		ts.Setenv("SSHPORT", m[2])
		ts.Setenv("METRICS", "http://"+m[3])
		greeting := <-greeted
		if m := shopLine.FindStringSubmatch(greeting); m != nil {
			ts.Setenv("SHOP", m[1])
			w.shop = "127.0.0.1" + m[1][strings.LastIndex(m[1], ":"):]
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
		ts.Setenv(n+"_line", strings.TrimSpace(ts.ReadFile(n+".pub")))
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
		"-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR", "-o",
		"UserKnownHostsFile=" + ts.MkAbs("known_hosts_"+ts.Getenv("SSHPORT")),
		"-p", ts.Getenv("SSHPORT"),
	}, options...), "localhost")
}

func as(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: as NAME [arg...] [< FILE]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var in io.Reader
	if n := len(args) - 2; n > 0 && args[n] == "<" { // $NAME in it is what the story calls so
		in = strings.NewReader(os.Expand(ts.ReadFile(args[n+1]), ts.Getenv))
		args = args[:n]
	}
	cmd := exec.CommandContext(ctx, "ssh", append(sshArgs(ts, args[0], "-T"), quoted(args[1:])...)...)
	cmd.Stdin = in
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

func soon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: soon NAME SECONDS")
	}
	d, err := time.ParseDuration(args[1] + "s")
	ts.Check(err)
	ts.Setenv(args[0], time.Now().UTC().Add(d).Format(time.RFC3339))
}
