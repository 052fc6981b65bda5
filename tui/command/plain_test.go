package command

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// Names are spelt in groups of four, and what is no name stays.
func TestSpell(t *testing.T) {
	for text, want := range map[string]string{
		"chg_4q7vt2w7hd1zq3k0m6x9c5b8na":    "chg 4q7v t2w7 hd1z q3k0 m6x9 c5b8 na",
		"Charge chg_9kq4.":                  "Charge chg 9kq4.",
		"R-099QC-B943J-6YKJZ-FARFT-ECDFS-K": "R099 QCB9 43J6 YKJZ FARF TECD FSK",
		"WDJB-MJHT, 2026-11-24 14:02":       "WDJB-MJHT, 2026-11-24 14:02",
		"not_delivered chg_":                "not_delivered chg_",
		"--cursor cur_8f2xw1abc":            "--cursor cur_8f2xw1abc",
	} {
		if got := Spell(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// What was read out can be typed as it was heard: an id in groups, a row by its number.
func TestUnspelt(t *testing.T) {
	rows := []string{"chg_8f3ka", ""}
	for line, want := range map[string]string{
		"show chg 8f3k a":                       "show chg_8f3ka",
		"show 1":                                "show chg_8f3ka",
		"show 2":                                "show 2",
		"show 3":                                "show 3",
		"dispute chg 8f3k a --reason duplicate": "dispute chg_8f3ka --reason duplicate",
		"approve wdjb mjht":                     "approve wdjbmjht",
		"transfer recall trf 5d9w y":            "transfer recall trf_5d9wy",
		"transfer 1 EUR":                        "transfer 1 EUR",
		"show":                                  "show",
		"history --limit 1":                     "history --limit 1",
		"deposit cleared TP 1180 3342 7 25 USD": "deposit cleared TP 1180 3342 7 25 USD",
		"decide dsp 5t2r r --user --reason 'a b'": "decide dsp_5t2rr --user --reason a b",
	} {
		if got := strings.Join(Unspelt(words(line), rows), " "); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
	// Whatever is spelt is understood again.
	for _, id := range []string{"chg_4q7vt2w7hd1zq3k0m6x9c5b8na", "dep_7w8bb", "trf_5d9wy123"} {
		if got := Unspelt(words("show "+Spell(id)), nil); got[1] != id {
			t.Errorf("%s became %q", id, got)
		}
	}
}

func TestMissing(t *testing.T) {
	ada := view.Identity{Role: ledger.RoleUser, Handle: "w_1"}
	for _, test := range []struct {
		line    string
		several bool
		want    string
	}{
		{"fund", false, "AMOUNT CURRENCY --method"},
		{"fund 5", false, "CURRENCY --method"},
		{"fund 5 EUR --method card", false, ""},
		{"fund --method=card 5", false, "CURRENCY"},
		{"limits set", false, "PERIOD AMOUNT"},
		{"limits set", true, "PERIOD AMOUNT CURRENCY"},
		{"link x", true, "--currency"},
		{"history", true, ""},
		{"recover", false, "CODE"},
		{"claim", false, "CODE"},
		{"fund --help", false, ""},
		{"fund --nonsense", false, ""},
		{"decide", false, "no command"}, // of another role: the command says so
		{"nothing", false, "no command"},
	} {
		c, missing := Missing(ada, words(test.line), test.several)
		got := strings.Join(view.Map(missing, func(i Input) string { return i.Name() }), " ")
		if c == nil {
			got = "no command"
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.line, got, test.want)
		}
	}
}

// With what it lacks each command is complete: it is not refused for something that is missing.
func TestMissingIsAllThatIsMissing(t *testing.T) {
	me := view.Identity{Role: ledger.RoleOperator, Handle: "w_1", Shop: "acme-news"}
	for _, c := range Commands() {
		line := strings.Fields(c.Path)
		_, missing := Missing(me, line, false)
		for _, i := range missing {
			value := append(slices.Clone(i.Kind.Values()), "x")[0]
			if i.Flag != "" {
				value = i.Name() + "=" + value
			}
			line = append(line, value)
		}
		if len(c.OneOf) > 0 {
			line = append(line, "--"+c.OneOf[0])
		}
		if _, still := Missing(me, line, false); len(still) > 0 {
			t.Errorf("%s: %v is missing still", c.Path, still)
		}
		got := run(commandtest.New(), otto, strings.Join(line, " "), "")
		if strings.Contains(got.errs, "missing") {
			t.Errorf("%s: %s", strings.Join(line, " "), got.errs)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range PlainText(text) {
			if r != '\n' && (r < ' ' || r > '~') && (r < 0xa0 || !unicode.In(r, unicode.L, unicode.M, unicode.N)) {
				t.Errorf("%q leaves %U", text, r)
			}
		}
	})
}
