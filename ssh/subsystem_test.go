package ssh

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/view"
	"tuppence/ssh/files"
	"tuppence/tui/command"
	"tuppence/tui/command/commandtest"
)

// shelf is a wallet with nothing bought, over the stand-in for the service.
type shelf struct{ *commandtest.Service }

func (shelf) Shelf(context.Context, view.Caller, view.Paging) (view.Page[view.ShelfItem], error) {
	return view.Page[view.ShelfItem]{}, nil
}

func (shelf) ShopInbox(context.Context, view.Caller) ([]view.InboxOffer, bool, error) {
	return nil, false, nil
}

func (shelf) ShopInboxRead(context.Context, view.Caller, string) ([]byte, error) { return nil, nil }

func (shelf) ShopStaticLink(context.Context, view.Caller, string) (view.StaticLink, error) {
	return view.StaticLink{}, nil
}

func (shelf) ShopInboxPut(context.Context, view.Caller, view.InboxFile) (view.InboxOffer, error) {
	return view.InboxOffer{}, nil
}

// WhoAmI says that every key has a wallet.
func (shelf) WhoAmI(context.Context, view.Caller) (view.Identity, error) {
	return view.Identity{Handle: "w_ann"}, nil
}

// withFiles is a front with files of the stand-in.
func withFiles() Front {
	svc := commandtest.New()
	now := func() time.Time { return commandtest.Now }
	return NewFront(svc, FrontOptions{Now: now, Files: files.Service(shelf{svc})})
}

// asksFiles opens the subsystem and returns its channel, and where its exit code comes.
func asksFiles(t *testing.T, c *gossh.Client) (gossh.Channel, <-chan int) {
	t.Helper()
	ch, in, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ch.Close() })
	if ok, err := ch.SendRequest("subsystem", true, gossh.Marshal(struct{ Name string }{"sftp"})); !ok || err != nil {
		t.Fatalf("refused: %v, %v", ok, err)
	}
	code := make(chan int, 1)
	go func() {
		defer close(code)
		for req := range in {
			var status struct{ Code uint32 }
			if req.Type == "exit-status" && gossh.Unmarshal(req.Payload, &status) == nil {
				code <- int(status.Code)
			}
		}
	}()
	return ch, code
}

// The files are served by the chain that serves commands: the caller is the key, and the end of the client is exit 0.
func TestFilesAreServed(t *testing.T) {
	events := make(chan Event, 100)
	s := serve(t, withFiles(), func(o *Options) { o.Observe = func(e Event) { events <- e } })
	c := dial(t, s, newKey(t))
	client, err := sftp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.ReadDir("/")
	if err != nil || len(list) < 3 || list[0].Name() != "README.txt" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := client.Open("../../etc/passwd"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("outside: %v", err)
	}
	client.Close()
	for e := range events {
		if e.Kind == EventFiles {
			if e.Reason != "quit" {
				t.Errorf("it ended by %q", e.Reason)
			}
			break
		}
	}
}

// A front without files refuses in words.
func TestNoFiles(t *testing.T) {
	o := withOpenSSH(t, serve(t, &desk{}, nil))
	_, errs, code := o.run("-i", o.key("id", "-t", "ed25519"), "-s", "127.0.0.1", "sftp")
	if code != command.ExitNotAllowed || !strings.Contains(errs, "no such subsystem") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

// waiting are files that answer nothing: a session that has to be ended from outside.
func waiting(ctx context.Context, rw io.ReadWriteCloser, _ func(string)) error {
	_, _ = rw.Write([]byte("here"))
	_, err := io.Copy(io.Discard, rw)
	return err
}

// A session of files ends as all others do: after silence, with its key, at a restart. It says why on its error stream,
// and its exit code tells it to programs.
func TestFilesEnd(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		code       int
		do         func(t *testing.T, s *Server, key gossh.Signer)
	}{
		{"idle", "Closed after 1 second", command.ExitLater, func(*testing.T, *Server, gossh.Signer) {}},
		{"key", "This key was ended", command.ExitNotAllowed, func(t *testing.T, s *Server, key gossh.Signer) {
			if n := s.End(fingerprint(key), 0); n != 1 {
				t.Errorf("%d sessions were ended", n)
			}
		}},
		{"restart", "The service restarts", command.ExitLater, func(t *testing.T, s *Server, _ gossh.Signer) {
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, &desk{files: waiting}, func(o *Options) { o.Limits.Idle = time.Second })
			key := newKey(t)
			ch, code := asksFiles(t, dial(t, s, key))
			if _, err := io.ReadFull(ch, make([]byte, 4)); err != nil {
				t.Fatal(err)
			}
			tt.do(t, s, key)
			said, _ := io.ReadAll(ch.Stderr())
			if !strings.Contains(string(said), tt.text) {
				t.Errorf("it said %q", said)
			}
			got := <-code
			if got != tt.code {
				t.Errorf("exit %d, want %d", got, tt.code)
			}
		})
	}
}

// Bytes that are no packets end the session with the exit code of a misuse.
func TestFilesGarbled(t *testing.T) {
	o := withOpenSSH(t, serve(t, withFiles(), nil))
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	cmd := o.command(ctx, "-i", o.key("id", "-t", "ed25519"), "-s", "127.0.0.1", "sftp")
	cmd.Stdin = strings.NewReader("\xff\xff\xff\xffhello")
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != command.ExitUsage {
		t.Errorf("exit %d", code)
	}
}

// The real clients list and copy, and read why something is refused.
func TestOpenSSHCopies(t *testing.T) {
	for _, name := range []string{"sftp", "scp"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
	o := withOpenSSH(t, serve(t, withFiles(), nil))
	run := func(program string, in string, args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		cmd := o.command(ctx)
		all := append([]string{"-i", filepath.Join(o.dir, "id")}, cmd.Args[1:]...)
		for i, a := range all {
			if a == "-p" {
				all[i] = "-P"
			}
		}
		c := exec.CommandContext(ctx, program, append(all, args...)...)
		c.Env, c.Dir, c.Stdin = cmd.Env, o.dir, strings.NewReader(in)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	o.key("id", "-t", "ed25519")
	if out, err := run("sftp", "ls -l\nget README.txt\n", "-b", "-", "127.0.0.1"); err != nil ||
		!strings.Contains(out, "-r--------") {
		t.Errorf("sftp: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(o.dir, "README.txt"))
	if err != nil || !strings.Contains(string(text), "VIEW") {
		t.Errorf("README %q, %v", text, err)
	}
	if out, err := run("scp", "", "127.0.0.1:/README.txt", "copy"); err != nil {
		t.Errorf("scp: %v\n%s", err, out)
	}
	if out, err := run("scp", "", "-O", "127.0.0.1:/README.txt", "copy"); err == nil || !strings.Contains(out, "scp -s") {
		t.Errorf("scp of the old protocol: %v\n%s", err, out)
	}
	if out, err := run("scp", "", "id", "127.0.0.1:/"); err == nil || !strings.Contains(out, "Files are only read here") {
		t.Errorf("scp to here: %v\n%s", err, out)
	}
}
