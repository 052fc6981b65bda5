package command

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// The callers of the service in memory, by their short names.
var (
	ada, rita, otto = commandtest.Ada, commandtest.Rita, commandtest.Otto
	vera, newKey    = commandtest.Vera, commandtest.NewKey
)

// answer is what one command did.
type answer struct {
	out, errs, log string
	exit           int
}

// run executes a command line like ssh does.
func run(f *commandtest.Service, who view.Caller, line, in string) answer {
	var out, errw, log strings.Builder
	ids := 0
	o := Options{
		Log: slog.New(slog.NewTextHandler(&log, nil)), Width: func() int { return 100 }, Version: "1.2.3",
		Now:   func() time.Time { return commandtest.Now },
		NewID: func() string { ids++; return fmt.Sprintf("id-%d", ids) },
	}
	exit := Exec(context.Background(), f, who, words(line), strings.NewReader(in), &out, &errw, o)
	return answer{out.String(), errw.String(), log.String(), exit}
}

// words splits a line of a test; one that Words refuses still reaches Exec, which does not rely on it.
func words(line string) []string {
	all, err := Words(line)
	if err != nil {
		return strings.Fields(line)
	}
	return all
}

// inputOf is what a command line of the tests reads.
func inputOf(line string) string {
	if strings.HasPrefix(line, "bank read") {
		return "a file"
	}
	switch {
	case strings.HasPrefix(line, "shop import"):
		return "id,title,price\n"
	case strings.HasPrefix(line, "po submit"):
		return "PURCHASE-ORDER 1\n"
	case strings.HasPrefix(line, "biller read"):
		return "profile,line\r\n"
	case !strings.HasPrefix(line, "rates load"):
		return ""
	}
	return `<Envelope><Cube><Cube time="2026-11-24"><Cube currency="USD" rate="1.0834"/><Cube currency="XQZ" rate="2"/>` +
		`</Cube></Cube></Envelope>`
}

func TestCommandsGolden(t *testing.T) {
	files := map[string]*strings.Builder{}
	var names []string
	seen := map[string]bool{}
	for _, l := range lines {
		c, _ := Find(words(l.line))
		if c == nil {
			t.Fatalf("%q is no command", l.line)
		}
		seen[c.Path] = true
		name := strings.ReplaceAll(c.Path, " ", "_")
		if files[name] == nil {
			files[name] = &strings.Builder{}
			names = append(names, name)
		}
		for _, line := range []string{l.line, l.line + " --json"} {
			got := run(commandtest.New(), l.who, line, inputOf(line))
			role := commandtest.New().Data.People[l.who.Fingerprint].Role.String()
			fmt.Fprintf(files[name], "%s$ %s\n%s", role, line, ours(c, got.out))
			if got.errs != "" {
				fmt.Fprintf(files[name], "--- stderr\n%s", got.errs)
			}
			fmt.Fprintf(files[name], "--- exit %d\n\n", got.exit)
			if strings.HasSuffix(line, "--json") && !json.Valid([]byte(got.out)) {
				t.Errorf("%s: not JSON: %s", line, got.out)
			}
			if got.exit == ExitInternal || got.log != "" {
				t.Errorf("%s: exit %d, log %s", line, got.exit, got.log)
			}
		}
	}
	for _, name := range names {
		commandtest.Golden(t, "exec/"+name, files[name].String())
	}
	for _, c := range Commands() {
		if !seen[c.Path] {
			t.Errorf("no golden of %s", c.Path)
		}
	}
}

// ours is the part of an answer that we wrote: cobra's part of a script changes with its version.
func ours(c *Command, out string) string {
	if c.Path != "completion" {
		return out
	}
	for _, begins := range []string{"# bash completion", "#compdef", "# fish completion"} {
		before, _, found := strings.Cut(out, begins)
		if found {
			return before + begins + " …\n"
		}
	}
	return out
}

// What a person may ask of the service, some command asks.
func TestEveryServiceMethodHasACommand(t *testing.T) {
	f := commandtest.New()
	people := maps.Clone(f.Data.People)
	for _, l := range lines {
		run(f, l.who, l.line, inputOf(l.line))
		f.Data.People = maps.Clone(people) // who has closed the wallet has one again
	}
	run(f, view.Caller{Fingerprint: "SHA256:new"}, "join "+commandtest.ReferralCode, "") // of a key without a wallet
	// Waiting needs a wallet in which nothing waits.
	f.Data.Approvals = nil
	run(f, ada, "pending --wait 1ns", "")
	f.Data.Fail = ledger.RefuseNoTeam() // what is followed has no other end
	run(f, vera, "shop sales --follow", "")
	service := reflect.TypeFor[Service]()
	for m := range service.Methods() {
		if f.Calls(m.Name) == 0 {
			t.Errorf("no command calls %s", m.Name)
		}
	}
}

// The JSON of each command is what its help says.
func TestJSONIsWhatTheTableSays(t *testing.T) {
	for _, l := range lines {
		c, _ := Find(words(l.line))
		if c.Path == "join" && !slices.Contains(words(l.line), "--accept") {
			continue // the terms, not the wallet
		}
		f := commandtest.New()
		r := &Run{Ctx: context.Background(), Service: f, Who: l.who, In: strings.NewReader(inputOf(l.line)), Options: Options{
			NewID: func() string { return "id" }, Now: func() time.Time { return commandtest.Now },
			Width: func() int { return 80 },
		}}
		if _, err := r.do(words(l.line)); err != nil {
			continue
		}
		got, want := reflect.TypeOf(r.result), reflect.TypeOf(c.JSON)
		if c.Path == "help" && got == reflect.TypeFor[helpJSON]() {
			continue // help COMMAND prints one
		}
		if got != want {
			t.Errorf("%s: prints %v, the table says %v", l.line, got, want)
		}
	}
}
