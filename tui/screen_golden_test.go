package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// sizes of the goldens: the smallest, the usual, a big one.
var sizes = [][2]int{{40, 12}, {80, 24}, {200, 60}}

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
	{"declined", commandtest.Ada, []string{"f", "enter", "5.13", "ctrl+s"}, "Declined."},
	{"history", commandtest.Ada, []string{"3"}, "rivers"},
	{"detail", commandtest.Ada, []string{"3", "enter"}, "Who got what"},
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
	{"disputes", commandtest.Ada, []string{"6"}, "Archive week"},
	{"dispute", commandtest.Ada, []string{"6", "enter"}, "Archive week"},
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
	{"signup_code", commandtest.NewKey, []string{"y", "y"}, "4TQM-8WZX-K2HR-7NVP-C3DJ"},
	{"signup_done", commandtest.NewKey, []string{"y", "y", "y", "y"}, "skip"},
	{"desk", commandtest.Rita, nil, "Disputes to decide"},
	{"decide", commandtest.Rita, []string{"enter"}, "the buyer wins"},
	{"decide_form", commandtest.Rita, []string{"enter", "u"}, "both sides read"},
	{"decide_sure", commandtest.Rita, []string{"enter", "u", "It was down.", "enter"}, "the buyer gets it back"},
	{"step", commandtest.Rita, []string{"G", "enter"}, "awaits the letter"},
	{"step_form", commandtest.Rita, []string{"G", "enter", "c"}, "Enter"},
	{"step_sure", commandtest.Rita, []string{"G", "enter", "c", "25", "enter"}, "Yes, it is cleared"},
	{"policy", commandtest.Otto, []string{"2"}, "commission"},
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

func TestScreensGolden(t *testing.T) {
	for _, sc := range scenes {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s_%dx%d", sc.name, size[0], size[1]), func(t *testing.T) {
				s := connect(t, commandtest.New(), sc.who, ScreenOptions{Width: size[0], Height: size[1]})
				s.press(sc.keys...).see(sc.see, "DEMO") // no screen is without it where money is simulated
				commandtest.Golden(t, fmt.Sprintf("screens/%s_%dx%d", sc.name, size[0], size[1]), s.view())
			})
		}
	}
}
