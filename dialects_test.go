package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestDialects runs testdata/dialects/*.txtar: public clients, in exactly the versions of examples/x402/package.json
// and unchanged, with what a buyer and a seller add to them (examples/x402). npm fetches them into a directory that is
// removed again.
//
//	agent NAME      an ssh-agent with that key, at $SSH_AUTH_SOCK
func TestDialects(t *testing.T) {
	if os.Getenv("TEST_DIALECTS") == "" {
		t.Skip("needs the network: make dialects")
	}
	if _, err := exec.LookPath("npm"); err != nil {
		t.Fatal("missing: npm (Node.js 20 or newer, https://nodejs.org/en/download)")
	}
	dir := t.TempDir()
	for _, pattern := range []string{"examples/x402/*", "testdata/dialects/*.mjs"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, out)
	}
	p := stories(t)
	p.Dir = "testdata/dialects"
	p.Cmds["agent"] = sshAgent
	setup := p.Setup
	p.Setup = func(e *testscript.Env) error {
		e.Setenv("DIALECTS", dir)
		e.Setenv("SELLER", "http://localhost:"+quietPort(t))
		return setup(e)
	}
	testscript.Run(t, p)
}

// sshAgent is the story command agent.
func sshAgent(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: agent NAME")
	}
	dir, err := os.MkdirTemp("", "agent") // the name of a socket is short
	ts.Check(err)
	socket := filepath.Join(dir, "s")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	ts.Check(agent.Start())
	ts.Defer(func() {
		_ = agent.Process.Kill()
		_ = agent.Wait()
		_ = os.RemoveAll(dir)
	})
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		if time.Now().After(end) {
			ts.Fatalf("ssh-agent does not listen")
		}
	}
	ts.Setenv("SSH_AUTH_SOCK", socket)
	ts.Check(ts.Exec("ssh-add", "-q", args[0]))
}
