package tui

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tuppence/server/ledger"
)

func Example_bar() {
	fmt.Println(plain([]line{
		bar(3_200_000, 0, 5_000_000, 20), bar(1, 0, 5_000_000, 20), bar(36_000_000, 40_000_000, 50_000_000, 20),
		bar(6_000_000, 0, 5_000_000, 20),
	}))
	// Output:
	// ━━━━━━━━━━━━────────
	// ━───────────────────
	// ━━━━━━━━━━━━━━╌╌────
	// ━━━━━━━━━━━━━━━━━━━━
}

func Example_chart() {
	fmt.Println(plain(chart([]int64{0, 1, 4, 8, 16}, 2, 1)))
	// Output:
	//         █
	// ▁ ▁ ▄ █ █
}

func Example_hero() {
	m := &Model{theme: &theme{}}
	fmt.Println(plain(m.hero("12.40")))
	// Output:
	//    ╻  ╺━┓   ╻ ╻ ┏━┓
	//    ┃  ┏━┛   ┗━┫ ┃ ┃
	//    ╹  ┗━╸ ▖   ╹ ┗━┛
}

// Without the signs the number stands on the middle row, in the same three rows.
func TestHeroWithoutSigns(t *testing.T) {
	m := &Model{theme: &theme{signs: plainSigns}}
	if got := m.hero("12.40"); len(got) != 3 || plain(got[1:2]) != "  12.40\n" {
		t.Errorf("the number is drawn as %q", plain(got))
	}
}

// A bar has exactly its width at any amounts; what is used is seen, and only what is used up is full.
func TestBarsTellTheTruth(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		amount := rapid.OneOf(
			rapid.Int64Range(0, 1000), rapid.Int64Range(0, ledger.MaxMicros), rapid.Just(int64(math.MaxInt64)))
		used, most := amount.Draw(r, "used"), amount.Draw(r, "most")
		width := rapid.IntRange(3, 60).Draw(r, "width")
		l := bar(used, amount.Draw(r, "forecast"), most, width)
		full := strings.Count(plain([]line{l}), "━")
		if l.width() != width {
			r.Fatalf("%d of %d in %d cells has %d", used, most, width, l.width())
		}
		if used > 0 && full == 0 || used >= most && used > 0 && full < width {
			r.Fatalf("%d of %d in %d cells has %d full ones", used, most, width, full)
		}
	})
}

// A chart has as many cells as its days and gaps, in each row; a day on which something was spent is above the ground.
func TestChartsShowEveryDay(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		days := rapid.SliceOfN(rapid.Int64Range(0, ledger.MaxMicros), 1, 62).Draw(r, "days")
		rows, gap := rapid.IntRange(1, 6).Draw(r, "rows"), rapid.IntRange(0, 1).Draw(r, "gap")
		out := chart(days, rows, gap)
		for _, l := range out {
			if l.width() != len(days)+gap*(len(days)-1) {
				r.Fatalf("%d days take %d cells", len(days), l.width())
			}
		}
		ground := []rune(plain(out[rows-1:]))
		for i, v := range days {
			if at := i * (gap + 1); v > 0 && at < len(ground) && ground[at] == ' ' {
				r.Fatalf("day %d is empty and had %d:\n%s", i, v, plain(out))
			}
		}
	})
}
