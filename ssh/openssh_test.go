package ssh

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tuppence/tui/command"
)

// openssh is the real client with a fresh key and nothing of the machine's configuration.
type openssh struct {
	t    *testing.T
	dir  string
	port string
}

func withOpenSSH(t *testing.T, s *Server) *openssh {
	t.Helper()
	for _, name := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
	_, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return &openssh{t, t.TempDir(), port}
}

// key makes a key pair.
func (o *openssh) key(name string, args ...string) string {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	args = append([]string{"-q", "-N", "", "-C", "", "-f", path}, args...)
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		o.t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	return path
}

// run starts the client and returns what it showed and its exit code.
func (o *openssh) run(args ...string) (out, errs string, code int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 15*time.Second)
	defer cancel()
	cmd := o.command(ctx, args...)
	var so, se bytes.Buffer
	cmd.Stdout, cmd.Stderr = &so, &se
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		o.t.Fatal(err)
	}
	return so.String(), se.String(), cmd.ProcessState.ExitCode()
}

// command is the client, not started yet.
func (o *openssh) command(ctx context.Context, args ...string) *exec.Cmd {
	all := append([]string{
		"-F", "/dev/null", "-p", o.port, "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no",
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "LogLevel=ERROR",
	}, args...)
	cmd := exec.CommandContext(ctx, "ssh", all...)
	cmd.Env = append(os.Environ(), "SSH_ASKPASS_REQUIRE=never", "HOME="+o.dir)
	return cmd
}

func (o *openssh) fingerprint(path string) string {
	o.t.Helper()
	out, err := exec.Command("ssh-keygen", "-lf", path+".pub").Output()
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.Fields(string(out))[1]
}

func TestOpenSSHRunsACommand(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, nil))
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		key := o.key(kind, "-t", kind)
		out, errs, code := o.run("-i", key, "127.0.0.1", "whoami")
		if code != 0 || strings.TrimSpace(out) != o.fingerprint(key) {
			t.Errorf("%s: exit %d, %q, %q; want %s", kind, code, out, errs, o.fingerprint(key))
		}
	}
}

// Attack: ssh -i victim.pub -i attacker (trap 1 in doc.go).
func TestOpenSSHWithAnotherPersonsPublicKey(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, nil))
	victim, attacker := o.key("victim", "-t", "ed25519"), o.key("attacker", "-t", "ed25519")
	if err := os.Remove(victim); err != nil {
		t.Fatal(err)
	}
	out, errs, code := o.run("-i", victim+".pub", "-i", attacker, "127.0.0.1", "whoami")
	if strings.Contains(out, o.fingerprint(victim)) {
		t.Fatalf("served as the victim: exit %d, %q, %q", code, out, errs)
	}
	if code == 0 && strings.TrimSpace(out) != o.fingerprint(attacker) {
		t.Errorf("%q, want the attacker's own account", out)
	}
}

func TestOpenSSHWithoutAKeyReadsHowToMakeOne(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, nil))
	for _, args := range [][]string{{"127.0.0.1"}, {"-tt", "127.0.0.1"}, {"127.0.0.1", "whoami"}} {
		out, errs, code := o.run(args...)
		if code != command.ExitNotAllowed || out != "" || !strings.Contains(errs, "  ssh-keygen -t ed25519") ||
			strings.Contains(errs, "denied") {
			t.Errorf("%v: exit %d, %q, %q", args, code, out, errs)
		}
	}
}

func TestOpenSSHSmallRSAKeyReadsTheReason(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, func(op *Options) { op.Limits.RSABits = 3072 }))
	_, errs, code := o.run("-i", o.key("small", "-t", "rsa", "-b", "2048"), "127.0.0.1")
	if code != command.ExitNotAllowed || !strings.Contains(errs, "at least 3072 are needed") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

func TestOpenSSHQuoting(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, nil))
	key := o.key("id", "-t", "ed25519")
	if out, _, code := o.run("-i", key, "127.0.0.1", "args", `"two words"`, "x"); code != 0 ||
		out != "[two words]\n[x]\n" {
		t.Errorf("exit %d, %q", code, out)
	}
	if _, errs, code := o.run("-i", key, "127.0.0.1", "args", `"open`); code != command.ExitUsage ||
		!strings.Contains(errs, "is not closed") {
		t.Errorf("exit %d, %q", code, errs)
	}
	if _, errs, code := o.run("-i", key, "-T", "127.0.0.1"); code != command.ExitUsage ||
		!strings.Contains(errs, "ssh -t pay.example") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

// Attack: -L, -R, -A, a subsystem with the real client.
func TestOpenSSHForwardingAndSubsystem(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, nil))
	key := o.key("id", "-t", "ed25519")
	if _, errs, code := o.run("-i", key, "-W", "127.0.0.1:1", "127.0.0.1"); code == 0 ||
		!strings.Contains(errs, "forwarding failed") {
		t.Errorf("-W: exit %d, %q", code, errs)
	}
	if _, errs, code := o.run("-i", key, "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "127.0.0.1",
		"whoami"); code == 0 || !strings.Contains(errs, "forwarding failed") {
		t.Errorf("-R: exit %d, %q", code, errs)
	}
	if out, errs, code := o.run("-i", key, "-A", "127.0.0.1", "whoami"); code != 0 || !strings.HasPrefix(out, "SHA256:") {
		t.Errorf("-A: exit %d, %q %q", code, out, errs)
	}
	if _, errs, code := o.run("-i", key, "-s", "127.0.0.1", "sftp"); code != command.ExitNotAllowed ||
		!strings.Contains(errs, "There is no such subsystem here") {
		t.Errorf("sftp: exit %d, %q", code, errs)
	}
}

// The negotiated key exchange is strict and post-quantum where the client can, and nothing weak is offered.
func TestOpenSSHAlgorithms(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, nil))
	_, errs, _ := o.run("-i", o.key("id", "-t", "ed25519"), "-vvv", "127.0.0.1", "whoami")
	_, offer, ok := strings.Cut(errs, "peer server KEXINIT proposal")
	if !ok {
		t.Fatalf("no proposal in\n%s", errs)
	}
	offer, _, _ = strings.Cut(offer, "kex: algorithm")
	for _, want := range []string{"kex-strict-s-v00@openssh.com", "mlkem768x25519-sha256", "curve25519-sha256"} {
		if !strings.Contains(offer, want) {
			t.Errorf("%s is not offered", want)
		}
	}
	for _, weak := range []string{"sha1", "-cbc", "ssh-dss", "ssh-rsa", "group14", "arcfour", "hmac-sha2-256,"} {
		if strings.Contains(offer, weak) {
			t.Errorf("%s is offered:\n%s", weak, offer)
		}
	}
}

// A multiplexed connection (ControlMaster): many commands, then the master leaves.
func TestOpenSSHControlMaster(t *testing.T) {
	s := serve(t, &desk{}, nil)
	o := withOpenSSH(t, s)
	key := o.key("id", "-t", "ed25519")
	control := filepath.Join(o.dir, "c")
	if _, errs, code := o.run("-i", key, "-M", "-S", control, "-f", "-N", "127.0.0.1"); code != 0 {
		t.Skipf("no multiplexing here: exit %d, %s", code, errs)
	}
	for range 5 {
		if out, errs, code := o.run("-S", control, "127.0.0.1", "whoami"); code != 0 ||
			strings.TrimSpace(out) != o.fingerprint(key) {
			t.Errorf("exit %d, %q, %q", code, out, errs)
		}
	}
	if got := s.Load(); got.Conns != 1 {
		t.Errorf("%+v, want one connection", got)
	}
	o.run("-S", control, "-O", "exit", "127.0.0.1")
	eventually(t, "the connection is gone", func() bool { return s.Load() == Load{} })
}

// A real client that is frozen is cut off after two intervals; and where its key has no more sessions, its person
// gets in anew at once.
func TestOpenSSHFrozenClient(t *testing.T) {
	for name, limits := range map[string]Limits{
		"cut off":  {KeepAlive: 50 * time.Millisecond},
		"replaced": {SessionsPerKey: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, &desk{}, func(o *Options) {
				o.Limits.KeepAlive, o.Limits.SessionsPerKey = limits.KeepAlive, limits.SessionsPerKey
			})
			o := withOpenSSH(t, s)
			key := o.key("id", "-t", "ed25519")
			cmd := o.command(t.Context(), "-i", key, "127.0.0.1", "wait")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}()
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "waiting\n" {
				t.Fatalf("%q, %v", line, err)
			}
			if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			if name == "replaced" {
				if out, errs, code := o.run("-i", key, "127.0.0.1", "whoami"); code != 0 {
					t.Errorf("exit %d, %q, %q", code, out, errs)
				}
				return
			}
			eventually(t, "the frozen client is gone", func() bool { return s.Load() == Load{} })
		})
	}
}
