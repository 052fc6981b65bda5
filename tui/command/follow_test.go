package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// follower runs a command line that prints as it comes.
func follower(
	ctx context.Context, t *testing.T, f *commandtest.Service, line string,
) (lines func() string, ended <-chan answer) {
	t.Helper()
	return followerOf(ctx, t, f, ada, line)
}

// followerOf is follower for another key.
func followerOf(
	ctx context.Context, t *testing.T, f *commandtest.Service, who view.Caller, line string,
) (lines func() string, ended <-chan answer) {
	t.Helper()
	r, w := io.Pipe()
	done := make(chan answer, 1)
	go func() {
		var errs strings.Builder
		exit := Exec(ctx, f, who, words(line), nil, w, &errs, Options{NewID: func() string { return "id" }})
		w.Close()
		done <- answer{errs: errs.String(), exit: exit}
	}()
	return func() string {
		var b strings.Builder
		one := make([]byte, 1)
		for {
			if _, err := io.ReadFull(r, one); err != nil {
				return b.String()
			}
			if b.Write(one); one[0] == '\n' {
				return b.String()
			}
		}
	}, done
}

// waitFor waits until the list was asked for: what comes later is new.
func waitFor(f *commandtest.Service, method string, calls int) {
	for f.Calls(method) < calls {
		runtime.Gosched()
	}
}

// What comes, and what changes its state, is a line each, oldest first; what was there is not.
func TestFollow(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	f := commandtest.New()
	lines, ended := follower(ctx, t, f, "history --follow")
	waitFor(f, "History", 1)
	f.Change(func(d *commandtest.Data) {
		first, second := d.Rows[0], d.Rows[0]
		first.ID, second.ID, second.Title = "chg_1", "chg_2", "two\nlines"
		d.Rows[1].State = "refunded"
		d.Rows = append([]view.Row{second, first}, d.Rows...)
	})
	for _, want := range []string{
		"2026-11-24 13:40  chg_8f2xw  acme-news  refunded  -0.10 EUR  Crossword 412\n",
		"2026-11-24 14:02  chg_1  acme-news  paid  -0.25 EUR  How rivers freeze\n",
		"2026-11-24 14:02  chg_2  acme-news  paid  -0.25 EUR  two lines\n",
	} {
		if got := lines(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	end()
	if got := <-ended; got.exit != ExitLater || got.errs != "" {
		t.Errorf("%+v", got)
	}
}

// With --json each line is one object, whatever a title holds.
func TestFollowAsJSON(t *testing.T) {
	for line, change := range map[string]func(*commandtest.Data){
		"history --follow --json": func(d *commandtest.Data) {
			d.Rows[0].ID, d.Rows[0].Title = "new-1", "two\nlines \u202e and \u2028"
		},
		"pending --follow --json":  func(d *commandtest.Data) { d.Approvals[0].Code = "new-1" },
		"deposits --follow --json": func(d *commandtest.Data) { d.Deposits[0].ID = "new-1" },
	} {
		ctx, end := context.WithCancel(t.Context())
		f := commandtest.New()
		lines, ended := follower(ctx, t, f, line)
		waitFor(f, map[byte]string{'h': "History", 'p': "Pending", 'd': "Deposits"}[line[0]], 1)
		f.Change(change)
		got := lines()
		var row struct{ ID, Code string }
		if err := json.Unmarshal([]byte(got), &row); err != nil || row.ID+row.Code != "new-1" {
			t.Errorf("%s: %v, %q", line, err, got)
		}
		end()
		<-ended
	}
}

// A vendor's sales are a line each as they come, and once more in another state.
func TestFollowSales(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	f := commandtest.New()
	lines, ended := followerOf(ctx, t, f, vera, "shop sales --follow --json")
	waitFor(f, "ShopSales", 1)
	f.Change(func(d *commandtest.Data) {
		fresh := d.Shop.Sales[0]
		fresh.ID = "chg_new"
		d.Shop.Sales[1].Status = "refunded"
		d.Shop.Sales = append([]view.Charge{fresh}, d.Shop.Sales...)
	})
	for _, want := range [][2]string{{"chg_4nt7b", "refunded"}, {"chg_new", "captured"}} {
		var c view.Charge
		if err := json.Unmarshal([]byte(lines()), &c); err != nil || c.ID != want[0] || c.Status != want[1] {
			t.Errorf("%s %s (%v), want %v", c.ID, c.Status, err, want)
		}
	}
	end()
	<-ended
}

// Disputes that wait for the vendor are on top of the first page, however old, the first due before the others, and no
// one is there twice.
func TestShopDisputesAreInTheOrderOfTheirDay(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		soon := d.Shop.Disputes[0]
		at := view.At(commandtest.Now.Add(1))
		soon.ID, soon.DueBy = "dsp_soon", &at
		d.Shop.Disputes = append(d.Shop.Disputes, soon)
	})
	var out, errs strings.Builder
	if exit := Exec(t.Context(), f, vera, words("shop disputes --json"), nil, &out, &errs, Options{}); exit != ExitOK {
		t.Fatal(errs.String())
	}
	var page view.Page[view.VendorDispute]
	if err := json.Unmarshal([]byte(out.String()), &page); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range page.Data {
		ids = append(ids, d.ID)
	}
	if got := strings.Join(ids, " "); got != "dsp_soon dsp_3vq7n dsp_9hk2d" {
		t.Errorf("%s", got)
	}
}

// Who listens gets a line for the secret, for each event, and for what was passed over; as JSON an object each.
func TestListen(t *testing.T) {
	for line, want := range map[string][]string{
		"shop listen": {
			"Secret of these events: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
			"2026-11-24 14:07  charge.succeeded  evt_5bn2x\n", "12 events passed over: this reader was too slow\n",
		},
		"shop listen --json": {
			`{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}` + "\n",
			`{"id":"evt_5bn2x","type":"charge.succeeded","timestamp":"2026-11-24T14:07:00Z",` +
				`"payload":"{\"type\":\"charge.succeeded\"}",` +
				`"headers":{"webhook-id":"evt_5bn2x","webhook-signature":"v1,3kX8"}}` + "\n",
			`{"dropped":12}` + "\n",
		},
	} {
		f := commandtest.New()
		f.Data.Shop.Heard = commandtest.Heard()
		lines, ended := followerOf(t.Context(), t, f, vera, line)
		for i, one := range want {
			if got := lines(); got != one {
				t.Errorf("%s, line %d: %q, want %q", line, i, got, one)
			}
		}
		for lines() != "" { // what is told at the end
		}
		if got := <-ended; got.exit != ExitNotAllowed {
			t.Errorf("%s ends with %+v", line, got)
		}
	}
	if !Follows(words("shop listen --json")) || Follows(words("shop sales")) {
		t.Error("a command that ends with its client is not known as one")
	}
}

// However many rows come at once, they are asked for page by page, and not without bound.
func TestFollowIsBounded(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	f := commandtest.New()
	lines, _ := follower(ctx, t, f, "history --follow")
	waitFor(f, "History", 1)
	f.Change(func(d *commandtest.Data) {
		var rows []view.Row
		for n := range 2 * followPages * followRows {
			row := d.Rows[0]
			row.ID = fmt.Sprintf("chg_%d", n)
			rows = append(rows, row)
		}
		d.Rows = append(rows, d.Rows...)
	})
	for n := followPages*followRows - 1; n >= 0; n-- {
		if got := lines(); !strings.Contains(got, fmt.Sprintf("  chg_%d  ", n)) {
			t.Fatalf("got %q, want row %d", got, n)
		}
	}
	if n := f.Calls("History"); n != 1+followPages {
		t.Errorf("%d queries, want %d", n, 1+followPages)
	}
}

// A fault ends it with the exit code of the fault, and what does not go with --follow is refused.
func TestFollowEnds(t *testing.T) {
	f := commandtest.New()
	_, ended := follower(t.Context(), t, f, "deposits --follow")
	waitFor(f, "Deposits", 1)
	f.Change(func(d *commandtest.Data) { d.Fail = errors.New("disk sda1 is on fire") })
	if got := <-ended; got.exit != ExitInternal || strings.Contains(got.errs, "sda1") {
		t.Errorf("%+v", got)
	}
	for _, line := range []string{
		"history --follow --csv", "history --follow --cursor x", "pending --follow --wait 1m", "pending WDJB-MJHT --follow",
		"deposits --follow --limit 5",
	} {
		if got := run(commandtest.New(), ada, line, ""); got.exit != ExitUsage || got.out != "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if got := Try(t.Context(), commandtest.New(), ada, words("history --follow"), nil, Options{}); got.Exit != ExitUsage {
		t.Errorf("exit %d where nothing can be printed as it comes", got.Exit)
	}
}

func TestFollows(t *testing.T) {
	for line, want := range map[string]bool{
		"history --follow": true, "pending --json --follow=true": true, "history": false, "help -- --follow": false,
	} {
		if Follows(words(line)) != want {
			t.Errorf("%s: not %v", line, want)
		}
	}
}
