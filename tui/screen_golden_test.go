package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// sizes of the goldens: a phone, a strip below an editor, the usual, and two big ones.
var sizes = [][2]int{{40, 12}, {80, 10}, {80, 24}, {160, 45}, {200, 60}}

// scenes are ways to every screen.
var scenes = []struct {
	name string
	who  view.Caller
	keys []string
	see  string
}{
	{"home", commandtest.Ada, nil, "12.40 EUR"},
	{"accounts", commandtest.Ada, []string{"2"}, "Deposits"},
	{"deposit", commandtest.Ada, []string{"2", "j", "enter"}, "awaits the letter"},
	{"fund", commandtest.Ada, []string{"f"}, "you have 12.40"},
	{"fund_usd", commandtest.Ada, []string{"f", "right", "j"}, "On paper"},
	{"fund_amount", commandtest.Ada, []string{"f", "enter"}, "5.00 to 500.00 EUR"},
	{"fund_wrong", commandtest.Ada, []string{"f", "enter", "1", "enter"}, "✕ The least"},
	{"fund_reference", commandtest.Ada, []string{"f", "right", "j", "enter", "25", "enter"}, "TP 4821 7730 5"},
	{"fund_voucher", commandtest.Ada, []string{"f", "G", "enter"}, "V and three groups"},
	{"fund_voucher_wrong", commandtest.Ada, []string{"f", "G", "enter", "V-WRONG", "enter"}, "no voucher with"},
	{"declined", commandtest.Ada, []string{"f", "enter", "5.13", "ctrl+s"}, "Declined."},
	{"exchange", commandtest.Ada, []string{"2", "x"}, "what you pay"},
	{"exchange_quote", commandtest.Ada, []string{"2", "x", "5", "enter"}, "for 30 s"},
	{"exchange_wrong", commandtest.Ada, []string{"2", "x", "5,0", "enter"}, "✕"},
	{"exchange_sure", commandtest.Ada, []string{"2", "x", "5", "enter", "enter"}, "12.40  →      7.40"},
	{"history", commandtest.Ada, []string{"3"}, "rivers"},
	{"history_pick", commandtest.Ada, []string{"3", "s", "right"}, "Sort by   When [Vendor]"},
	{"history_sorted", commandtest.Ada, []string{"3", "s", "left", "left", "enter"}, "↓"},
	{"history_marked", commandtest.Ada, []string{"3", "space", "space"}, "2 marked, -0.35 EUR"},
	{"history_columns", commandtest.Ada, []string{"3", "c"}, "Marked columns"},
	{"history_fewer", commandtest.Ada, []string{"3", "c", "j", "space", "G", "space", "enter"}, "Title"},
	{"history_views", commandtest.Ada, []string{"3", "v"}, "big ones"},
	{"history_view", commandtest.Ada, []string{"3", "v", "enter"}, "filter: amount>1"},
	{"views_save", commandtest.Ada, []string{"3", "/", "acme", "ctrl+s"}, "Enter saves."},
	{"views_undo", commandtest.Ada, []string{"3", "v", "D"}, "undoes it."},
	{"history_export", commandtest.Ada, []string{"3", "space", "space", "e"}, "chg_8f3ka,2026"},
	{"dispute_marked", commandtest.Ada, []string{"3", "*", "d"}, "Dispute 3 purchases, -1.55 EUR"},
	{"vendors_marked_sure", commandtest.Ada, []string{"5", "*", "b"}, "Block 2 vendors?"},
	{"detail", commandtest.Ada, []string{"3", "enter"}, "Who got what"},
	{"reader", commandtest.Ada, []string{"3", "o"}, "needles of ice"},
	{"reader_picture", commandtest.Ada, []string{"3", "j", "o"}, "no terminal shows"},
	{"dispute_form", commandtest.Ada, []string{"3", "d"}, "Reason"},
	{"limits", commandtest.Ada, []string{"4"}, "EUR, everywhere"},
	{"limit", commandtest.Ada, []string{"4", "j", "enter"}, "EUR a day"},
	{"limit_looser", commandtest.Ada, []string{"4", "j", "enter", "50", "tab"}, "! Loosens"},
	{"limit_wrong", commandtest.Ada, []string{"4", "j", "enter", "5,0", "enter"}, "✕"},
	{"limit_sure", commandtest.Ada, []string{"4", "j", "enter", "50", "enter"}, "5.00  →  50.00"},
	{"limit_undo", commandtest.Ada, []string{"4", "j", "enter", "3", "enter"}, "undoes it."},
	{"vendors", commandtest.Ada, []string{"5"}, "acme-news"},
	{"vendors_undo", commandtest.Ada, []string{"5", "b"}, "undoes it."},
	{"vendors_unlink_undo", commandtest.Ada, []string{"5", "u"}, "undoes it."},
	{"vendors_unblock_sure", commandtest.Ada, []string{"5", "G", "B"}, "ask you again?"},
	{"vendor", commandtest.Ada, []string{"5", "enter"}, "Acme News"},
	{"link", commandtest.Ada, []string{"5", "j", "l"}, "Month"},
	{"link_sure", commandtest.Ada, []string{"5", "j", "l", "ctrl+s"}, "Yes, link"},
	{"link_left_sure", commandtest.Ada, []string{"5", "l", "1", "tab", "2", "tab", "esc"}, "Throw away"},
	{"shop", commandtest.Vera, nil, "193 sales"},
	{"shop_catalogue", commandtest.Vera, []string{"2"}, "How rivers freeze"},
	{"shop_offer", commandtest.Vera, []string{"2", "j", "enter"}, "Change the price"},
	{"shop_sales", commandtest.Vera, []string{"3"}, "Crossword"},
	{"shop_sale", commandtest.Vera, []string{"3", "enter"}, "Give a part back"},
	{"shop_refund", commandtest.Vera, []string{"3", "enter", "j", "j", "enter"}, "▐ Amount"},
	{"shop_refund_sure", commandtest.Vera, []string{"3", "enter", "j", "enter"}, "back to the buyer?"},
	{"shop_disputes", commandtest.Vera, []string{"4"}, "vendor answers"},
	{"shop_dispute", commandtest.Vera, []string{"4", "enter"}, "Offer a part"},
	{"shop_money", commandtest.Vera, []string{"5"}, "7.60"},
	{"shop_hooks", commandtest.Vera, []string{"6"}, "my.paper"},
	{"shop_team", commandtest.Vera, []string{"7"}, "finn"},
	{"disputes", commandtest.Ada, []string{"6"}, "Archive week"},
	{"dispute", commandtest.Ada, []string{"6", "enter"}, "Take 0.80 EUR back"},
	{"dispute_sure", commandtest.Ada, []string{"6", "enter", "down", "enter"}, "Yes, take it"},
	{"dispute_over", commandtest.Ada, []string{"6", "down", "down", "enter"}, "enter done"},
	{"me", commandtest.Ada, []string{"7"}, "laptop"},
	{"me_setting", commandtest.Ada, []string{"7", "G", "k", "k", "k", "k"}, "Notices"},
	{"key", commandtest.Ada, []string{"7", "j", "enter"}, "Fingerprint"},
	{"key_add_sure", commandtest.Ada, []string{"7", "+"}, "Yes, show the code"},
	{"key_code", commandtest.Ada, []string{"7", "+", "down", "enter"}, "Whoever types"},
	{"key_end_sure", commandtest.Ada, []string{"7", "j", "D"}, "Yes, end phone"},
	{"recovery_sure", commandtest.Ada, []string{"7", "j", "j", "R"}, "Yes, make a new code"},
	{"recovery_code", commandtest.Ada, []string{"7", "j", "j", "R", "down", "enter"}, "9HJ2-XW4C"},
	{"setting", commandtest.Ada, []string{"7", "G", "k", "enter"}, "Plain mode"},
	{"setting_zone", commandtest.Ada, []string{"7", "G", "k", "k", "k", "k", "k", "k", "enter"}, "Europe/Berlin"},
	{"looks", commandtest.Ada, []string{"7", "G", "k", "k", "k", "k", "k", "enter", "down"}, "Which one reads best?"},
	{"closed", commandtest.Ada, []string{":", "wallet close --yes", "enter"}, "Its last letters"},
	{"closing_first", commandtest.Ada, []string{"7", "G", "enter"}, "What has to be done first"},
	{"pending", commandtest.Ada, []string{"a"}, "WDJB-MJHT"},
	{"approval", commandtest.Ada, []string{"a", "WDJB-MJHT", "enter"}, "Ice on the Danube"},
	{"approval_sure", commandtest.Ada, []string{"a", "WDJB-MJHT", "enter", "4", "7", "y"}, "[47]"},
	{
		"approval_limit", commandtest.Ada,
		[]string{"4", "j", "enter", "1.9", "enter", "a", "WDJB-MJHT", "enter"},
		"! Over your limit",
	},
	{"approval_link", commandtest.Ada, []string{"a", "down", "enter"}, " asks "},
	{"approval_bounds", commandtest.Ada, []string{"a", "down", "enter", "l", "enter"}, "Month"},
	{"approval_bounds_sure", commandtest.Ada, []string{"a", "down", "enter", "l", "enter", "ctrl+s"}, "Yes, link"},
	{"receipt", commandtest.Ada, []string{"a", "wdjbmjht", "enter", "4", "7", "y", "enter"}, "Paid."},
	{"receipt_undo", commandtest.Ada, []string{"a", "wdjbmjht", "enter", "b", "enter"}, "undoes it."},
	{"help", commandtest.Ada, []string{"?"}, "Keys"},
	{"palette", commandtest.Ada, []string{":", "lim"}, "Limits"},
	{"palette_verb", commandtest.Ada, []string{":", "limits set d"}, "Goes on with"},
	{"palette_fault", commandtest.Ada, []string{":", "limits set dya 5", "enter"}, "one of"},
	{"output_list", commandtest.Ada, []string{":", "deposits --limit 5", "enter"}, "awaits the letter"},
	{"output_sure", commandtest.Ada, []string{":", "transfer 1 EUR", "enter"}, "Leave it as it is"},
	{"signup", commandtest.NewKey, nil, "accept"},
	{"signup_sure", commandtest.NewKey, []string{"y"}, "y again"},
	{"signup_invite", commandtest.NewKey, []string{"i", "J-7XQ2M"}, "Open a wallet with"},
	{"signup_invited", commandtest.NewKey, []string{"i", commandtest.InviteCode, "enter"}, "Invited with"},
	{
		"signup_invite_wrong", commandtest.NewKey,
		[]string{"i", "J-WRONG", "enter", "y", "y", "enter"},
		"is not known, used",
	},
	{"signup_looks", commandtest.NewKey, []string{"y", "y", "j"}, "Which one reads best?"},
	{"signup_code", commandtest.NewKey, []string{"y", "y", "enter"}, "4TQM-8WZX-K2HR-7NVP-C3DJ"},
	{"signup_code_wrong", commandtest.NewKey, []string{"y", "y", "enter", "C3DX", "enter"}, "✕ That is not"},
	{"signup_done", commandtest.NewKey, []string{"y", "y", "enter", "c3dj", "enter"}, "skip"},
	{"desk", commandtest.Rita, nil, "by promise"},
	{"desk_note", commandtest.Rita, []string{"n"}, "colleagues"},
	{"desk_find", commandtest.Rita, []string{"F"}, "An id, a reference"},
	{"desk_found", commandtest.Rita, []string{"F", "RF48", "enter"}, "dep_2mx8c"},
	{"desk_mirror_form", commandtest.Rita, []string{"v"}, "Read a wallet"},
	{"desk_mirror", commandtest.Rita, []string{"v", "enter", "enter", "she called", "enter"}, "rita looked"},
	{"desk_write", commandtest.Rita, []string{"w"}, "Act at the desk"},
	{"desk_search", commandtest.Rita, []string{"/", "1180", "enter"}, "search: 1180"},
	{"decide", commandtest.Rita, []string{"enter"}, "Decide nothing yet"},
	{"decide_form", commandtest.Rita, []string{"enter", "down", "enter"}, "both sides read"},
	{"decide_sure", commandtest.Rita, []string{"enter", "j", "enter", "It was down.", "enter"}, "the buyer gets it back"},
	{"step", commandtest.Rita, []string{"j", "enter"}, "awaits the letter"},
	{"step_form", commandtest.Rita, []string{"j", "enter", "j", "j", "enter"}, "Amount"},
	{"step_sure", commandtest.Rita, []string{"j", "enter", "j", "j", "enter", "25", "enter"}, "Yes, it is cleared"},
	{"apart", commandtest.Rita, []string{"G", "enter"}, "Credit it to a wallet"},
	{"apart_form", commandtest.Rita, []string{"G", "enter", "j", "enter"}, "As its owner names it"},
	{
		"apart_sure", commandtest.Rita,
		[]string{"G", "enter", "j", "enter", "enter", "It was late.", "enter"},
		"Yes, it is theirs",
	},
	{"policy", commandtest.Otto, []string{"2"}, "commission"},
	{"policy_form", commandtest.Otto, []string{"2", "j", "enter"}, "1m to 1d"},
	{"policy_sure", commandtest.Otto, []string{"2", "j", "enter", "20m", "enter"}, "15m  →  20m"},
}

// Drawing is a function of the state: whatever is pressed on whatever screen, it is drawn twice as it is drawn once.
func TestDrawingChangesNothing(t *testing.T) {
	keys := strings.Fields("j G k g pgdown pgup ctrl+d down tab up right G")
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			s := connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
			for i, k := range keys {
				size := [][2]int{{40, 10}, {80, 24}, {60, 20}, {160, 45}}[i%4]
				s.update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				s.press(k).steady()
			}
		})
	}
}

// Each screen at each size, and in the usual one with the tone of each character below it: what a tone looks like is
// said by the theme alone (TestThemesGolden).
func TestScreensGolden(t *testing.T) {
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			s := connect(t, commandtest.New(), sc.who, ScreenOptions{})
			s.press(sc.keys...)
			commandtest.Golden(t, "screens/"+sc.name, s.atAllSizes(sc.see, "DEMO")) // no screen hides that money is simulated
		})
	}
}

// states are what a place shows when it has nothing to show.
var states = map[string]func(*commandtest.Data){
	"empty": func(d *commandtest.Data) {
		*d = commandtest.Data{
			People: d.People, House: d.House, Methods: d.Methods, Keys: d.Keys, Policy: d.Policy,
			Overview: view.Overview{Handle: "w_7g2v"},
		}
	},
	"failed": func(d *commandtest.Data) {
		d.Fail = ledger.Refuse(ledger.ErrUnavailable, "Try again in a minute.", "The books are closed.")
	},
	"loading": nil, // nothing has been asked yet
}

// Each place in each state in which it has no rows, at each size: what is said, and which key goes on.
func TestStatesGolden(t *testing.T) {
	for _, who := range []view.Caller{commandtest.Ada, commandtest.Rita, commandtest.Otto} {
		for i := range connect(t, commandtest.New(), who, ScreenOptions{}).m.places {
			for state, change := range states {
				f := commandtest.New()
				s := connect(t, f, who, ScreenOptions{})
				if change != nil {
					f.Change(change)
				}
				clear(s.m.requests) // what was read is forgotten
				name := s.m.places[i].name()
				s.m.places[i] = placeScreens[name]()
				if s.m.place = i; change != nil {
					s.press("r")
				}
				s.m.home.Pending = nil
				if who.Fingerprint != commandtest.Ada.Fingerprint {
					name = f.Data.People[who.Fingerprint].Name + "_" + name
				}
				commandtest.Golden(t, "states/"+name+"_"+state, s.atAllSizes("?"))
			}
		}
	}
}

// atAllSizes is what the screen shows at each size. Everything that is named is on each, but not on a tiny one.
func (s *terminal) atAllSizes(see ...string) string {
	s.t.Helper()
	var b strings.Builder
	for _, size := range sizes {
		s.update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		s.wait()
		screen := s.view()
		for _, want := range see {
			if !strings.Contains(screen, want) && size[1] > 10 {
				s.t.Errorf("%d x %d does not show %q:\n%s", size[0], size[1], want, screen)
			}
		}
		fmt.Fprintf(&b, "%dx%d\n%s", size[0], size[1], screen)
		if size == [2]int{80, 24} {
			fmt.Fprintf(&b, "tones\n%s", s.tones())
		}
	}
	return b.String()
}

// toneLetters stand for the tones in a golden. Text is a blank, what shows another theme a star.
const toneLetters = " fSgwbakuCBrlq"

// tones is the screen with the letter of its tone in the place of each character.
func (s *terminal) tones() string {
	theme, own := s.m.theme, *s.m.theme // sessions share their themes
	defer func() { s.m.theme = theme }()
	for i := range own.before {
		own.before[i] = fmt.Sprintf("\x1b[%dm", i)
	}
	s.m.theme = &own
	var b strings.Builder
	for line := range strings.SplitSeq(s.m.View(), "\n") {
		var row strings.Builder
		for line != "" {
			letter, text := byte(' '), line
			if n := 0; strings.HasPrefix(line, "\x1b[") && line[2] != 'm' {
				_, _ = fmt.Sscanf(line, "\x1b[%dm", &n) // ours: it is well formed
				_, text, _ = strings.Cut(line, "m")
				if letter = '*'; n < len(toneLetters) { // else it is in the look of another theme
					letter = toneLetters[n]
				}
			} else if strings.HasPrefix(line, "\x1b[m") {
				line = line[3:]
				continue
			}
			if end := strings.Index(text, "\x1b"); end >= 0 {
				text, line = text[:end], text[end:]
			} else {
				line = ""
			}
			row.WriteString(strings.Repeat(string(letter), view.Width(text)))
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return b.String()
}
