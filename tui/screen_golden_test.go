package tui

import (
	"fmt"
	"testing"

	"tuppence/server/ledger"
)

// sizes of the goldens: the smallest, the usual, a big one.
var sizes = [][2]int{{40, 12}, {80, 24}, {200, 60}}

// scenes are ways to every screen.
var scenes = []struct {
	name string
	who  ledger.Caller
	keys []string
	see  string
}{
	{"home", ada, nil, "12.40 EUR"},
	{"accounts", ada, []string{"2"}, "Deposits"},
	{"deposit", ada, []string{"2", "j", "enter"}, "AWAITING INSTRUMENT"},
	{"funding", ada, []string{"f"}, "Currency"},
	{"history", ada, []string{"3"}, "rivers"},
	{"detail", ada, []string{"3", "enter"}, "Who got what"},
	{"contest", ada, []string{"3", "d"}, "Reason"},
	{"limits", ada, []string{"4"}, "all vendors"},
	{"limit", ada, []string{"4", "j", "enter"}, "At most"},
	{"vendors", ada, []string{"5"}, "acme-news"},
	{"vendor", ada, []string{"5", "enter"}, "Acme News"},
	{"linking", ada, []string{"5", "j", "l"}, "Per purchase"},
	{"disputes", ada, []string{"6"}, "Archive week"},
	{"dispute", ada, []string{"6", "enter"}, "Archive week"},
	{"answer", ada, []string{"a"}, "WDJB-MJHT"},
	{"approval", ada, []string{"a", "WDJB-MJHT", "enter"}, "Ice on the Danube"},
	{"approval_link", ada, []string{"a", "down", "enter"}, "charge without asking"},
	{"receipt", ada, []string{"a", "wdjbmjht", "enter", "y"}, "Paid."},
	{"help", ada, []string{"?"}, "Keys"},
	{"palette", ada, []string{":", "balance", "enter"}, "12.40"},
	{"signup", stranger, nil, "accept"},
	{"signup_code", stranger, []string{"y"}, "4TQM-8WZX-K2HR-7NVP-C3DJ"},
	{"signup_done", stranger, []string{"y", "y"}, "skip"},
	{"desk", rita, nil, "Disputes to decide"},
	{"policy", otto, []string{"2"}, "commission"},
}

func TestScreensGolden(t *testing.T) {
	for _, sc := range scenes {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s_%dx%d", sc.name, size[0], size[1]), func(t *testing.T) {
				s := sit(t, newFixture(), sc.who, ScreenOptions{Width: size[0], Height: size[1]})
				s.press(sc.keys...).see(sc.see, "DEMO") // no screen is without it where money is simulated
				golden(t, fmt.Sprintf("screens/%s_%dx%d", sc.name, size[0], size[1]), s.view())
			})
		}
	}
}
