package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// example is a vendor in one file: how it is started, as the README says it, and what shows that this can be done here.
type example struct {
	start, name string
	probe       []string
}

var examples = []example{
	{
		"node examples/firstsale.mjs", "Node 18",
		[]string{"node", "-e", "process.exit(typeof fetch === 'function' ? 0 : 1)"},
	},
	{
		"python3 examples/firstsale.py", "Python 3.8",
		[]string{"python3", "-c", "import sys; sys.exit(sys.version_info < (3, 8))"},
	},
	{"go run examples/firstsale.go", "Go", []string{"go", "version"}},
}

// TestExamplesSell runs one story with each of the examples. What is not installed is skipped.
//
//	sell, unsell      starts the example at $SITE with $APIKEY, and ends it
//	says REGEXP       waits for it in what the example has printed since its start; with ! looks at that only
//	enter LINE        types a line for the example
//	event HOW         sends it an event: genuine, or forged in one of the ways of [forge]
func TestExamplesSell(t *testing.T) {
	for _, e := range examples {
		t.Run(filepath.Ext(e.start)[1:], func(t *testing.T) {
			if out, err := exec.Command(e.probe[0], e.probe[1:]...).CombinedOutput(); err != nil {
				t.Skipf("%s or newer is not here, so its example is not tried: %v %s", e.name, err, out)
			}
			p := stories(t)
			p.Files = []string{"examples/firstsale.txtar"}
			setup, argv := p.Setup, e.argv(t)
			p.Setup = func(env *testscript.Env) error {
				port := quietPort(t)
				v := &vendorProgram{argv: argv, port: port}
				env.Values["vendor"] = v
				env.Setenv("SITE", "http://localhost:"+port)
				env.Defer(v.end)
				return setup(env)
			}
			for name, do := range map[string]func(*testscript.TestScript, bool, []string){
				"sell": sell, "unsell": unsell, "says": says, "enter": enter, "event": sendEvent,
			} {
				p.Cmds[name] = do
			}
			testscript.Run(t, p)
		})
	}
}

// TestReadmeStartsTheExamples holds the README to the lines that start them.
func TestReadmeStartsTheExamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		if !strings.Contains(string(readme), e.start) {
			t.Errorf("the README does not say %q", e.start)
		}
		if code, err := os.ReadFile(strings.Fields(e.start)[len(strings.Fields(e.start))-1]); err != nil {
			t.Error(err)
		} else if !strings.Contains(string(code), "KEY=sk_test_… "+e.start+"\n") {
			t.Errorf("its first line does not say %q", e.start)
		}
	}
}

// argv starts the example from any directory. What is run by go run is built before: it would run in a child that is
// not ended with it.
func (e example) argv(t *testing.T) []string {
	t.Helper()
	words := strings.Fields(e.start)
	file, err := filepath.Abs(words[len(words)-1])
	if err != nil {
		t.Fatal(err)
	}
	if words[0] != "go" {
		return []string{words[0], file}
	}
	bin := filepath.Join(t.TempDir(), "firstsale")
	if out, err := exec.Command("go", "build", "-o", bin, file).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return []string{bin}
}

// quietPort is a port for a program that has to know its address before it starts. It is none of those that the system
// gives to who asks for any, so no other story gets it meanwhile.
func quietPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20000 + rand.IntN(10000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("none of a hundred ports is free")
	return ""
}

// vendorProgram is an example that runs.
type vendorProgram struct {
	argv []string
	port string
	cmd  *exec.Cmd
	in   io.Writer

	mu    sync.Mutex
	said  strings.Builder
	news  chan struct{} // has room for one: something was said since it was last looked at
	ended chan struct{} // closed when nothing more will be said
}

func vendorOf(ts *testscript.TestScript) *vendorProgram { return ts.Value("vendor").(*vendorProgram) }

func sell(ts *testscript.TestScript, _ bool, _ []string) {
	v := vendorOf(ts)
	v.said.Reset()
	v.news, v.ended = make(chan struct{}, 1), make(chan struct{})
	v.cmd = exec.Command(v.argv[0], v.argv[1:]...)
	v.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "PORT=" + v.port, "TUPPENCE=" + ts.Getenv("HTTP"), "KEY=" + ts.Getenv("APIKEY"),
	}
	r, w := io.Pipe()
	v.cmd.Stdout, v.cmd.Stderr = w, w
	in, err := v.cmd.StdinPipe()
	ts.Check(err)
	v.in = in
	ts.Check(v.cmd.Start())
	cmd := v.cmd
	go func() { _ = cmd.Wait(); _ = w.Close() }()
	go v.listen(r, v.news, v.ended)
}

// listen keeps what the program says.
func (v *vendorProgram) listen(r io.Reader, news, ended chan struct{}) {
	defer close(ended)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		v.mu.Lock()
		fmt.Fprintln(&v.said, lines.Text())
		v.mu.Unlock()
		select {
		case news <- struct{}{}:
		default:
		}
	}
}

func (v *vendorProgram) end() {
	if v.cmd != nil {
		_ = v.cmd.Process.Kill()
		<-v.ended
		v.cmd = nil
	}
}

func unsell(ts *testscript.TestScript, _ bool, _ []string) { vendorOf(ts).end() }

func says(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: says REGEXP")
	}
	v, want, over := vendorOf(ts), regexp.MustCompile(args[0]), time.After(patience)
	for {
		v.mu.Lock()
		said := v.said.String()
		v.mu.Unlock()
		switch found := want.MatchString(said); {
		case found && neg:
			ts.Fatalf("the example says %q:\n%s", args[0], said)
		case found || neg:
			say(ts, said)
			return
		}
		select {
		case <-v.news:
		case <-v.ended:
			ts.Fatalf("the example ended without %q:\n%s", args[0], said)
		case <-over:
			ts.Fatalf("the example never says %q:\n%s", args[0], said)
		}
	}
}

func enter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: enter LINE")
	}
	_, err := fmt.Fprintln(vendorOf(ts).in, args[0])
	ts.Check(err)
}

// sendEvent sends what the example must take, or must not.
func sendEvent(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: event HOW")
	}
	req, err := forge(args[0], ts.Getenv("SECRET"), ts.Getenv("SITE")+"/hook", time.Now())
	ts.Check(err)
	res, err := (&http.Client{Timeout: patience, Transport: toLoopback(nil)}).Do(req)
	ts.Check(err)
	_ = res.Body.Close()
	if want := map[bool]int{false: http.StatusNoContent, true: http.StatusUnauthorized}[neg]; res.StatusCode != want {
		ts.Fatalf("event %s: %s, want %d", args[0], res.Status, want)
	}
}

// stranger is a secret that no endpoint has.
const stranger = "whsec_c3RyYW5nZXJzdHJhbmdlcnN0cmFu"

// forge makes an event as the library of Standard Webhooks signs it, with one thing wrong: see the cases.
func forge(how, secret, to string, at time.Time) (*http.Request, error) {
	const id = "evt_told"
	body := `{"type":"told.` + how + `","data":{"id":"` + id + `"}}`
	switch how {
	case "stranger":
		secret = stranger
	case "old":
		at = at.Add(-6 * time.Minute)
	case "early":
		at = at.Add(6 * time.Minute)
	}
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(id, at, []byte(body))
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	switch how {
	case "rotated": // by another secret, too, and in a way that comes later
		signature = "v1,c3RyYW5nZXI= v1a,c3RyYW5nZXI= " + signature
	case "altered":
		body += " "
	case "timeless":
		stamp = "soon"
	case "nonsense":
		signature = "v1 ,\xff=, v1, "
	}
	req, err := http.NewRequest(http.MethodPost, to, strings.NewReader(body))
	if err != nil || how == "unsigned" {
		return req, err
	}
	req.Header.Set(standardwebhooks.HeaderWebhookID, id)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, stamp)
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return req, nil
}
