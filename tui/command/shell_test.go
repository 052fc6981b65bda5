package command

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// asSSH names the caller for whom the test binary behaves as ssh and the service in one: the scripts of the shells run
// in real shells, and only the network is left out.
const asSSH = "TUPPENCE_TEST_SSH"

func TestMain(m *testing.M) {
	who, is := map[string]view.Caller{"ada": ada, "rita": rita, "otto": otto}[os.Getenv(asSSH)]
	if !is {
		os.Exit(m.Run())
	}
	// ssh puts a blank between the words after the host, and the service splits the line anew.
	args, err := Words(strings.Join(os.Args[2:], " "))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(ExitUsage)
	}
	o := Options{Now: func() time.Time { return commandtest.Now }, Version: "1.2.3"}
	os.Exit(Exec(context.Background(), commandtest.New(), who, args, os.Stdin, os.Stdout, os.Stderr, o))
}

// shell runs a script in a real shell in which ssh is this test binary.
func shell(t *testing.T, caller, script string, argv ...string) string {
	t.Helper()
	path, err := exec.LookPath(argv[0])
	if err != nil {
		t.Skipf("%s is not installed", argv[0])
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "ssh")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append(argv[1:], script)...)
	cmd.Env = []string{
		asSSH + "=" + caller, "PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + bin, "TERM=dumb",
		"GORACE=atexit_sleep_ms=0", // a race detector waits a second at the end of each call
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	return string(out)
}

// completions are lines as they stand when the tab key is pressed, and one word that has to be offered then.
var completions = []struct{ caller, line, want, not string }{
	{"ada", "bal", "balance", "history"},
	{"ada", "limits ", "set", "balance"},
	{"ada", "fund 5 EUR --m", "--method", "--key"},
	{"ada", "fund 5 EUR --method ", "card", "balance"},
	{"ada", "show chg_8f3", "chg_8f3ka", "chg_8f2xw"},
	{"ada", "dispute chg_7z", "chg_7zq4d", "dep_7c1mm"},
	{"ada", "dispute chg_7zq4d --reason ", "not_delivered", "chg_7zq4d"},
	{"ada", "unlink acme-", "acme-news", "pushy-shop"},
	{"ada", "approve WD", "WDJB-MJHT", "KXPR-9QTC"},
	{"ada", "limits set ", "month", "EUR"},
	{"ada", "limits set day 5 ", "USD", "month"},
	{"ada", "history --kind trans", "transfer_out", "purchase"},
	{"ada", "help transfer ", "recall", "balance"},
	{"ada", "completion ", "fish", "tcsh"},
	{"rita", "decide ", "dsp_5t2rr", "dsp_4k8pb"},
	{"rita", "deposit cleared ", "TP118033427", "dep_7w8bb"},
	{"rita", "li", "", "limits"},
	{"otto", "policy set dis", "dispute_auto", "window"},
	{"otto", "staff add KEY --role ", "operator", "user"},
}

// Real shells complete what the service knows, by the scripts that it prints. One shell completes all lines of a
// caller.
func TestShellsComplete(t *testing.T) {
	for _, caller := range []string{"ada", "rita", "otto"} {
		bash, fish := `eval "$(ssh tuppence.example completion bash)"`, `ssh tuppence.example completion fish | source`
		for _, c := range completions {
			if c.caller == caller {
				bash += "\n" + tabInBash("tuppence "+c.line) + "\necho ---"
				fish += "\ncomplete -C " + quote("tuppence "+c.line) + "\necho ---"
			}
		}
		t.Run("bash "+caller, func(t *testing.T) { wantOffers(t, caller, shell(t, caller, bash, "bash", "--norc", "-c")) })
		t.Run("fish "+caller, func(t *testing.T) { wantOffers(t, caller, shell(t, caller, fish, "fish", "-N", "-c")) })
	}
}

// tabInBash does what bash does when the tab key is pressed at the end of a line.
func tabInBash(line string) string {
	words := strings.Split(line, " ")
	return "COMP_WORDS=(" + strings.Join(view.Map(words, quote), " ") + ") COMP_TYPE=9" +
		fmt.Sprintf(" COMP_CWORD=%d COMP_LINE=%s COMP_POINT=%d\n", len(words)-1, quote(line), len(line)) +
		`__start_tuppence 2>/dev/null; printf '%s\n' "${COMPREPLY[@]}"`
}

// wantOffers compares what was printed for the lines of a caller; "---" ends each.
func wantOffers(t *testing.T, caller, printed string) {
	t.Helper()
	answers := strings.Split(printed, "---\n")
	for _, c := range completions {
		if c.caller != caller {
			continue
		}
		var offered []string
		for line := range strings.Lines(answers[0]) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			offered = append(offered, strings.Fields(word)...)
		}
		if c.want != "" && !slices.Contains(offered, c.want) || slices.Contains(offered, c.not) {
			t.Errorf("%q: offers %q, want %q and not %q", c.line, offered, c.want, c.not)
		}
		answers = answers[1:]
	}
}

// The function of each script passes words on as they were typed: quotes are typed once, and blanks survive.
func TestShellsPassWordsOn(t *testing.T) {
	call := `tuppence dispute chg_8f3ka --reason duplicate --text "It's  late; \$HOME \"and\" dark" --json`
	for name, argv := range map[string][]string{
		"bash": {"bash", "--norc", "-c"}, "zsh": {"zsh", "-f", "-c"}, "fish": {"fish", "--no-config", "-c"},
	} {
		t.Run(name, func(t *testing.T) {
			define := `eval "$(ssh tuppence.example completion ` + name + `)" 2>/dev/null; `
			if name == "fish" {
				define = "ssh tuppence.example completion fish | source; "
			}
			got, want := shell(t, "ada", define+call, argv...), `"text": "It's  late; $HOME \"and\" dark"`
			if !strings.Contains(got, want) {
				t.Errorf("got %s, want %s in it", got, want)
			}
		})
	}
}

// The words that a script asks with never fail it, whatever stands there.
func TestCompletionOfAnything(t *testing.T) {
	stderr := standardError(t)
	for _, line := range []string{
		"", " ''", " zzz ''", " --json ''", " fund -5 ''", " fund -- ''", " fund --method=c", " --yes=", " fund --yes=",
		" fund --nothing ''", " help ''", " fund --method", " fund -x", " policy set ''", " -h ''", " --help fund ''",
	} {
		got := run(commandtest.New(), ada, "__complete"+line, "")
		if got.exit != ExitOK || !strings.Contains("\n"+got.out, "\n:") {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if text := stderr(); text != "" {
		t.Errorf("the process itself prints %q", text)
	}
	got, want := run(commandtest.New(), ada, "__complete fund --method=c", ""), "card\tCard\ncheck\tCheck by post\n:4\n"
	if got.out != want {
		t.Errorf("got %q, want %q", got.out, want)
	}
	// A service that fails leaves the ids out, and the shell of the caller does not show why.
	f := commandtest.New()
	f.Data.Fail = fmt.Errorf("disk sda1 is on fire")
	if got := run(f, ada, "__complete show ''", ""); got.exit != ExitOK || strings.Contains(got.out+got.errs, "sda1") {
		t.Errorf("got %+v", got)
	}
}

// standardError returns what the process has written to its standard error from here on.
func standardError(t *testing.T) func() string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = file
	return func() string {
		os.Stderr = before
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

// A word that begins several commands is offered once: shells show a list as it comes.
func TestNoWordIsOfferedTwice(t *testing.T) {
	for _, line := range []string{"__complete ''", "__complete help ''", "__complete manual ''"} {
		seen := map[string]bool{}
		for offer := range strings.Lines(run(commandtest.New(), ada, line, "").out) {
			word, _, _ := strings.Cut(strings.TrimSpace(offer), "\t")
			if seen[word] {
				t.Errorf("%s offers %s twice", line, word)
			}
			seen[word] = true
		}
		if len(seen) < 5 {
			t.Errorf("%s offers only %d words", line, len(seen))
		}
	}
}

// The words of a filter complete to fields, and these to the values that they know, also behind another word.
func TestCompletionOfAFilter(t *testing.T) {
	for typed, want := range map[string]string{
		"ven": "vendor:\n", "rivers st": "state:\n", "vendor:acme-n": "vendor:acme-news\n", "in:E": "in:EUR\n",
		"kind:purchase|transfer_b": "kind:purchase|transfer_back\n", "state:await": "state:awaits-the-letter\n",
		"who:a": "", "amount>0:": "",
	} {
		if got := run(commandtest.New(), ada, "__complete history "+typed, ""); got.out != want+":4\n" {
			t.Errorf("%s: %q, want %q", typed, got.out, want)
		}
	}
}
