package command

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// Each input has a word or is a switch, says what it means, and stands where the usage line can show it.
func TestInputsAreComplete(t *testing.T) {
	used := make([]bool, len(kinds))
	for _, c := range Commands() {
		flags, optional := false, false
		for _, i := range c.Inputs {
			used[i.Kind] = true
			if i.Help == "" || i.Kind.Word() == "" && i.Kind != KindSwitch {
				t.Errorf("%s: %+v has no word or no help", c.Path, i)
			}
			if i.Flag == "" && (flags || optional && !i.Optional) {
				t.Errorf("%s: %s stands after an input that it cannot follow", c.Path, i.Name())
			}
			flags, optional = flags || i.Flag != "", optional || i.Optional
		}
		for _, name := range c.OneOf {
			if c.Input("--"+name).Kind != KindSwitch {
				t.Errorf("%s: --%s is no switch", c.Path, name)
			}
		}
	}
	for k, is := range used {
		if !is {
			t.Errorf("no command takes kind %d, %s", k, Kind(k).Word())
		}
	}
}

// Keys are "KEY" or "SCREEN:KEY". One key leads to one command, on every screen or on the one that it names.
func TestKeysLeadToOneCommand(t *testing.T) {
	taken := map[string]string{}
	for _, c := range Commands() {
		for _, key := range strings.Fields(c.Key) {
			screen, name, on := strings.Cut(key, ":")
			if on && (screen == "" || name == "" || strings.Trim(screen, "abcdefghijklmnopqrstuvwxyz") != "") {
				t.Errorf("%s: %q is neither KEY nor SCREEN:KEY", c.Path, key)
			}
			if before := taken[key]; before != "" {
				t.Errorf("%q is %s and %s", key, before, c.Path)
			}
			taken[key] = c.Path
		}
		if c.Place != "" && strings.ContainsFunc(c.Place, func(r rune) bool { return !unicode.IsLower(r) }) {
			t.Errorf("%s: place %q", c.Path, c.Place)
		}
	}
}

// Whatever a list has, --json prints one envelope.
func TestListsHaveOneEnvelope(t *testing.T) {
	for _, test := range []struct {
		who   view.Caller
		lines []string
	}{
		{ada, []string{"help", "accounts", "methods", "deposits", "history", "limits", "vendors", "pending"}},
		{ada, []string{"disputes", "transfer list", "pending WDJB-MJHT"}},
		{rita, []string{"desk disputes", "desk deposits", "help desk"}},
		{otto, []string{"policy show", "policy set window 10m"}},
	} {
		for _, line := range test.lines {
			wantEnvelope(t, line, run(commandtest.New(), test.who, line+" --json", "").out)
		}
	}
}

func wantEnvelope(t *testing.T, line, out string) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &fields); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	for _, more := range []string{"newer", "total", "above", "misread"} { // a history says what is on both sides
		delete(fields, more)
	}
	if len(fields) != 2 || !strings.HasPrefix(string(fields["data"]), "[") || fields["next"] == nil {
		t.Errorf("%s prints %s", line, out)
	}
}

// What a usage line shows is what the parser takes: each command is read with all that it needs, and not with less or
// more.
func TestUsageIsWhatIsTaken(t *testing.T) {
	r := &Run{Ctx: t.Context(), Service: commandtest.New(), Who: otto}
	r.Me = view.Identity{Role: ledger.RoleOperator, Handle: "w_7g2v", Shop: "acme-news"}
	taken := func(words ...[]string) bool {
		node, rest, err := r.tree(programName).Find(slices.Concat(words...))
		return err == nil && node.ParseFlags(rest) == nil && node.ValidateArgs(node.Flags().Args()) == nil
	}
	for _, c := range Commands() {
		path, repeats := strings.Fields(c.Path), false
		var args, most, flags []string
		for _, i := range c.Inputs {
			repeats = repeats || i.Repeats
			value := append(i.Kind.Values(), "x")[0]
			switch {
			case i.Flag == "" && i.Optional:
				most = append(most, value)
			case i.Flag == "":
				args, most = append(args, value), append(most, value)
			case !i.Optional:
				flags = append(flags, i.Name(), value)
			}
		}
		if len(c.OneOf) > 0 {
			flags = append(flags, "--"+c.OneOf[0])
		}
		if !taken(path, args, flags) || !taken(path, flags, most) {
			t.Errorf("%s is not taken", c.Usage())
		}
		if len(args) > 0 && taken(path, args[1:], flags) || len(flags) > 0 && taken(path, args) {
			t.Errorf("%s is taken with less", c.Usage())
		}
		if taken(path, most, []string{"x"}, flags) != repeats {
			t.Errorf("%s with an argument more is taken: %v, want %v", c.Usage(), !repeats, repeats)
		}
	}
}
