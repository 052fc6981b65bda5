package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"

	"github.com/shopspring/decimal"
)

// What lasts of an identity that costs nothing, in bytes of the journal.
const (
	joinBytes = 2 << 10  // a wallet that was opened
	freeBytes = 32 << 10 // one that has done once whatever is free, see freeCommands
)

// freeCommands are what a wallet without money can write.
var freeCommands = []string{
	"join --accept", "window", "link stall --per-charge 0.50 --budget 5 --period day", "limits set day 1 EUR",
	"limits set week 2 EUR", "limits set month 3 EUR", "limits set purchase 0.50 EUR", "unlink stall", "lock",
	"fund 5.00 EUR --method check", "fund 5.00 EUR --method check", "fund 5.00 EUR --method check",
	"fund 5.00 EUR --method check", "fund 5.00 EUR --method check", "fund 5.00 EUR --method check",
	"fund 5.00 EUR --method check", "fund 5.00 EUR --method check", "fund 5.00 EUR --method check",
	"fund 5.00 EUR --method check",
}

// floodIdentities opens wallets, first 100 that do nothing, then 40 that write whatever is free.
func floodIdentities(ctx context.Context, s *siege) error {
	for _, part := range []struct {
		what     string
		n        int
		commands []string
		most     int64
	}{
		{"bytes that last of a wallet", 100, freeCommands[:1], joinBytes},
		{"… that writes all that is free", 40, freeCommands, freeBytes},
	} {
		before, err := s.service.journal()
		if err != nil {
			return err
		}
		var joined, wrote atomic.Int64
		each(ctx, part.n, 8, func(i int) {
			c, err := s.person(fmt.Sprintf("127.0.10.%d", 1+i%2)).login(ctx)
			if err != nil {
				return
			}
			defer c.Close()
			for _, line := range part.commands {
				if _, err := command(c, line); err == nil {
					wrote.Add(1)
				}
			}
			joined.Add(1)
		})
		after, err := s.service.journal()
		if err != nil || joined.Load() == 0 {
			return errors.Join(err, fmt.Errorf("%d wallets were opened", joined.Load()))
		}
		each := (after - before) / joined.Load()
		s.report.line(
			fmt.Sprintf("%s (%d, %d)", part.what, joined.Load(), wrote.Load()),
			fmt.Sprintf("%d B", each), fmt.Sprintf("%d B", part.most), verdict(each <= part.most),
		)
	}
	return nil
}

// farmers is how many wallets one person has in [farm], farmed how many purchases each contests, and farmFree what they
// may have read in all without paying for it, in EUR: nothing, since no rule returns what was used.
const (
	farmers  = 20
	farmed   = 4
	farmFree = "0.00"
)

var claimCode = regexp.MustCompile(`T-[0-9A-Z-]+`)

// farm is one person with many wallets: each buys, reads, says that it was not delivered, and hands all money on to the
// next. Money must not become more, and what was read without being paid for is the gain.
func farm(ctx context.Context, s *siege) error {
	const paidIn = "10.00"
	price := decimal.RequireFromString("0.25")
	// Money by card is handed on at once here: else the farmer is stopped at the first hop, and the quotas are not tried.
	if _, err := s.operator.run(ctx, "policy set risk_online 0m"); err != nil {
		return err
	}
	read, code, owned := 0, "", decimal.Zero
	for i := range farmers {
		who := s.person(fmt.Sprintf("127.0.11.%d", 1+i%4))
		first := "fund " + paidIn + " EUR --method card"
		if i > 0 {
			first = "claim " + code
		}
		if _, err := who.run(ctx, "join --accept", first); err != nil {
			return err
		}
		got, err := s.buyAndContest(ctx, who)
		if err != nil {
			return err
		}
		read += got
		if owned, err = who.owns(ctx); err != nil {
			return err
		}
		if i == farmers-1 || owned.IsZero() { // all is spent
			break
		}
		out, err := who.run(ctx, "window", "transfer "+owned.StringFixed(2)+" EUR --yes")
		if code = claimCode.FindString(out); err != nil || code == "" {
			return fmt.Errorf("no money could be handed on: %w", err)
		}
	}
	in := decimal.RequireFromString(paidIn)
	gain := owned.Sub(in)
	s.report.line("money above what was paid in", gain.StringFixed(6), "0", verdict(!gain.IsPositive()))
	free := price.Mul(decimal.NewFromInt(int64(read))).Sub(in.Sub(owned))
	most := decimal.RequireFromString(farmFree)
	s.report.line(
		fmt.Sprintf("read without paying, of %d articles", read), free.StringFixed(2), farmFree,
		verdict(free.LessThanOrEqual(most)),
	)
	return nil
}

// buyAndContest buys articles, reads each, and contests each as not delivered. It returns how many were read. A dispute
// that is refused costs the farmer what it contests, and is no fault.
func (s *siege) buyAndContest(ctx context.Context, who *person) (read int, err error) {
	link, err := who.allow(ctx, s.stall)
	for n := 0; n < farmed && err == nil; n++ {
		var sold struct {
			ID    string
			Grant string `json:"grant_id"`
		}
		if _, err = s.api(ctx, s.stall, who.from, "/charges", s.stall.charge(link), &sold); err != nil {
			break
		}
		use := "/grants/" + sold.Grant + "/consume"
		if _, err = s.api(ctx, s.stall, who.from, use, `{"request_id":"once"}`, nil); err != nil {
			break
		}
		read++
		_, _ = who.run(ctx, "dispute "+sold.ID+" --reason not_delivered")
	}
	return read, err
}

// owns is all that a wallet has in EUR.
func (p *person) owns(ctx context.Context) (all decimal.Decimal, err error) {
	out, err := p.run(ctx, "balance --json")
	if err != nil {
		return all, err
	}
	var o struct {
		Accounts []struct {
			Currency                     string
			Available, Held, Uncollected struct{ Amount decimal.Decimal }
		}
	}
	err = json.Unmarshal([]byte(out), &o)
	for _, a := range o.Accounts {
		if a.Currency == "EUR" {
			all = all.Add(a.Available.Amount).Add(a.Held.Amount)
		}
	}
	return all, err
}
