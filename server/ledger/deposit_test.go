package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleNewDeposit() {
	p := DefaultPolicy()
	f := DepositFacts{No: 12, User: User{ID: 7, Status: UserActive}, Wallet: Wallet{User: 7, Currency: "EUR"}, Policy: p}
	out, err := NewDeposit(DepositOrder{Method: "check", Kind: DepositPaper, Amount: Amount{20 * Unit, "EUR"}}, f, start)
	fmt.Println(out.Deposit.State, out.Deposit.Reference, err)
	f.No, f.Deposit = 13, out.Deposit
	out, err = DecideDeposit(DepositEvent{To: DepositUncollected, Amount: Amount{20 * Unit, "EUR"}}, f, start)
	fmt.Println(out.Deposit.State, out.Entry.Postings, err)
	// Output:
	// awaiting_instrument RF68 0000 0012 <nil>
	// uncollected [{EUR/1110/12 20000000} {EUR/2005/7 -20000000}] <nil>
}

var depositKinds = []DepositKind{DepositOnline, DepositPaper, DepositDebit, DepositOnOrder, DepositOnBill}

// permitted is a mandate that permits every debit of these tests.
var permitted = Mandate{State: MandateActive, Currency: "EUR", Most: MaxMicros, ID: MandateID{7, 1}}

var allDepositStates = []DepositState{
	DepositCreated, DepositRequiresAction, DepositProcessing, DepositErrored, DepositSucceeded, DepositSettled,
	DepositFailed, DepositCanceled, DepositChargedBack, DepositRepresented, DepositWon, DepositLost,
	DepositAwaiting, DepositUncollected, DepositCleared, DepositBounced, DepositExpired, DepositReturned,
	DepositSubmitted, DepositPendingClears, DepositAccepted, DepositIssued, DepositInvoiced, DepositPaid, DepositOverdue,
	DepositWrittenOff, DepositBillerAccepted, DepositRemitted, DepositBillerReversed,
}

// Exactly the steps of the table happen; each is balanced and keeps the sign rules.
func TestDepositSteps(t *testing.T) {
	for _, way := range allRoads() {
		for _, to := range allDepositStates {
			s := newMarket(t, 0)
			kind, road := way.kind, way.road
			from := road[len(road)-1]
			r := s.depositOrder(kind, eur(1000), 10_000)
			f := s.depositFacts(Deposit{})
			f.No = 2
			out, err := NewDeposit(r, f, s.now)
			must(t, err)
			s.wroteDeposit(out)
			d := out.Deposit
			if kind != DepositOnOrder { // it is valid for so long
				s.now = s.now.Add(100 * day)
			}
			for _, step := range road[1:] {
				if step == DepositExpired {
					s.now = d.Expires
				}
				d = s.step(d, step)
				if step == DepositInvoiced {
					s.now = d.Order.Due
				}
			}
			is(t, "state", d.State, from)
			if to == DepositExpired && kind == DepositOnOrder {
				s.now = d.Expires
			}
			out, err = DecideDeposit(DepositEvent{To: to, Amount: eur(1000)}, s.depositFacts(d), s.now)
			if !slices.Contains(NextDepositStates(kind, from), to) {
				refused(t, err, ErrState)
				continue
			}
			must(t, err)
			s.wroteDeposit(out)
			is(t, "after", out.Deposit.State, to)
			is(t, "entry has it", out.Entry.Deposit.State, to)
			want := map[DepositState]int64{
				DepositSucceeded: 9_990_000, DepositSettled: 9_990_000, DepositCleared: 9_990_000, DepositWon: 9_990_000,
				DepositAccepted: eur(1000).Micros, DepositInvoiced: eur(1000).Micros, DepositPaid: eur(1000).Micros,
				DepositOverdue: eur(1000).Micros, DepositWrittenOff: eur(1000).Micros, DepositIssued: eur(1000).Micros - r.Fee,
				DepositBillerAccepted: 9_990_000, DepositRemitted: 9_990_000,
			}[to]
			is(t, string(from)+" to "+string(to)+" spendable", s.wallet.Paid, want)
		}
	}
}

// road is a way of states to the last of them.
type road struct {
	kind DepositKind
	road []DepositState
}

// allRoads are a way to each state of each kind.
func allRoads() (all []road) {
	for kind, start := range map[DepositKind]DepositState{
		DepositOnline: DepositCreated, DepositPaper: DepositAwaiting, DepositDebit: DepositCreated,
		DepositOnOrder: DepositSubmitted, DepositOnBill: DepositSubmitted,
	} {
		seen := map[DepositState]bool{start: true}
		for roads := [][]DepositState{{start}}; len(roads) > 0; roads = roads[1:] {
			r := roads[0]
			all = append(all, road{kind, r})
			for _, n := range NextDepositStates(kind, r[len(r)-1]) {
				if !seen[n] {
					seen[n] = true
					roads = append(roads, append(slices.Clone(r), n))
				}
			}
		}
	}
	return all
}

func TestNewDepositRefuses(t *testing.T) {
	s := newMarket(t, 0)
	s.policy = DefaultPolicy()
	good := DepositOrder{Method: "card", Kind: DepositOnline, Amount: eur(1000)}
	for _, c := range []struct {
		name string
		want error
		do   func(*DepositOrder, *DepositFacts)
	}{
		{"frozen", ErrFrozen, func(_ *DepositOrder, f *DepositFacts) { f.User.Status = UserFrozen }},
		{"no method", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Method = "" }},
		{"currency", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Amount.Currency = "XXX" }},
		{"no currency", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Amount.Currency = "" }},
		{"too little", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Amount = eur(99) }},
		{"too much", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Amount = eur(20_001) }},
		{"negative", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Amount = eur(-100) }},
		{"fee", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Fee = eur(1000).Micros }},
		{"negative fee", ErrInvalid, func(r *DepositOrder, _ *DepositFacts) { r.Fee = -1 }},
		{"other wallet", ErrInvalid, func(_ *DepositOrder, f *DepositFacts) { f.Wallet.Currency = "USD" }},
	} {
		r, f := good, DepositFacts{No: 2, User: s.user, Wallet: s.wallet, Policy: s.policy}
		c.do(&r, &f)
		_, err := NewDeposit(r, f, s.now)
		if err == nil {
			t.Errorf("%s: allowed", c.name)
			continue
		}
		refused(t, err, c.want)
	}
}

func TestDepositEvent(t *testing.T) {
	s := newMarket(t, 0)
	out, err := NewDeposit(
		DepositOrder{Method: "check", Kind: DepositPaper, Amount: eur(1000), Number: 77, Life: time.Hour},
		DepositFacts{No: 2, User: s.user, Wallet: s.wallet, Policy: s.policy}, s.now)
	must(t, err)
	is(t, "reference", out.Deposit.Reference, Reference(77))
	is(t, "expires", out.Deposit.Expires, start.Add(time.Hour))
	is(t, "number", out.User.Deposits, 1)
	s.post(out.Entry)
	f := DepositFacts{No: 3, User: out.User, Wallet: s.wallet, Deposit: out.Deposit}
	for _, c := range []struct {
		e    DepositEvent
		want error
	}{
		{DepositEvent{To: DepositUncollected, Amount: eur(1001)}, ErrInvalid},
		{DepositEvent{To: DepositUncollected, Amount: Amount{10_000_000, "USD"}}, ErrInvalid},
		{DepositEvent{To: DepositUncollected, Fee: -1}, ErrInvalid},
		{DepositEvent{To: DepositExpired}, ErrState},
		{DepositEvent{To: "x\x1b[2J"}, ErrState},
	} {
		_, err := DecideDeposit(c.e, f, s.now)
		refused(t, err, c.want)
	}
	out, err = DecideDeposit(DepositEvent{To: DepositUncollected, External: "ch_1", Reason: "ok\x00"}, f, s.now)
	must(t, err)
	is(t, "external", out.Deposit.External, "ch_1")
	is(t, "reason", out.Deposit.Reason, "ok")
	is(t, "user", out.User.Status, UserActive)
}

// A chargeback takes what is there, the rest is owed, and the wallet is frozen (DESIGN.md, Returns 5).
func TestChargeback(t *testing.T) {
	s := newMarket(t, 0)
	d := s.step(s.fund(eur(1000)), DepositSettled)
	s.buy(s.request())
	out, err := DecideDeposit(
		DepositEvent{To: DepositChargedBack, Fee: 50_000},
		DepositFacts{No: s.no + 1, User: s.user, Wallet: s.wallet, Deposit: d},
		s.now,
	)
	must(t, err)
	s.post(out.Entry)
	s.refresh()
	is(t, "paid", s.wallet.Paid, 0)
	is(t, "owed", s.wallet.Owed, 250_000)
	is(t, "fee", s.sums[Account{ChargebackFee, "EUR", 0}], 50_000)
	is(t, "status", out.User.Status, UserFrozen)
	out.User.Status = UserClosed
	again, err := DecideDeposit(
		DepositEvent{To: DepositChargedBack},
		DepositFacts{No: s.no + 1, User: out.User, Wallet: s.wallet, Deposit: d},
		s.now,
	)
	must(t, err)
	is(t, "closed stays closed", again.User.Status, UserClosed)
}

func ExampleDecideDeposit() {
	f := DepositFacts{
		No:     12,
		User:   User{ID: 7, Status: UserActive},
		Wallet: Wallet{User: 7, Currency: "EUR"},
		Policy: DefaultPolicy(),
	}
	out, err := NewDeposit(DepositOrder{Method: "card", Kind: DepositOnline, Amount: eur(2000), Fee: 300_000}, f, start)
	if err != nil {
		fmt.Println(err)
	}
	for i, to := range []DepositState{DepositProcessing, DepositSucceeded, DepositSettled, DepositBounced} {
		f.No, f.Deposit = f.No+1, out.Deposit
		ev := DepositEvent{To: to}
		if to == DepositSettled {
			ev.Fee = 500_000
		}
		if out, err = DecideDeposit(ev, f, start); err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(i+1, out.Deposit.State, out.Entry.Postings)
	}
	// Output:
	// 1 processing []
	// 2 succeeded [{EUR/1100 20000000} {EUR/2000/7 -19700000} {EUR/4010 -300000}]
	// 3 settled [{EUR/1000 19500000} {EUR/5000 500000} {EUR/1100 -20000000}]
	// The deposit is settled, so it cannot become bounced. Look at it again: another call was faster, or it is over.
}

func ExampleNextDepositStates() {
	fmt.Println(NextDepositStates(DepositPaper, DepositUncollected), NextDepositStates(DepositPaper, DepositCleared))
	// Output: [cleared bounced] [returned]
}

// Along any way through the table the money of a deposit is in one place at a time: on its way, spendable, or nowhere.
func TestDepositMoneyIsInOnePlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMarket(t, 0)
		amount, fee := eur(rapid.Int64Range(100, 10_000).Draw(t, "cents")), rapid.Int64Range(0, 900_000).Draw(t, "fee")
		s.biller.Cap = amount.Micros
		r := s.depositOrder(rapid.SampledFrom(depositKinds).Draw(t, "kind"), amount, fee)
		out, err := NewDeposit(r, s.depositFacts(Deposit{}), s.now)
		must(t, err)
		s.wroteDeposit(out)
		d := out.Deposit
		fee = d.Fee
		if !d.Expires.IsZero() {
			s.now = d.Expires
		}
		for next := d.Next(); len(next) > 0; next = d.Next() {
			if d.State == DepositInvoiced {
				s.now = d.Order.Due
			}
			d = s.step(d, rapid.SampledFrom(next).Draw(t, "step"))
			var spendable, uncollected int64
			switch d.State {
			case DepositSucceeded, DepositSettled, DepositCleared, DepositWon, DepositAccepted, DepositIssued, DepositInvoiced,
				DepositPaid, DepositOverdue, DepositWrittenOff, DepositBillerAccepted, DepositRemitted:
				spendable = amount.Micros - fee
			case DepositUncollected, DepositSubmitted, DepositPendingClears:
				uncollected = amount.Micros
			case DepositReturned:
				if d.Free.IsZero() { // it came back before it was credited
					break
				}
				fallthrough
			case DepositChargedBack, DepositRepresented, DepositLost, DepositBillerReversed:
				// the fee is not given back: it is owed
				is(t, "owed", s.wallet.Owed, fee)
			}
			is(t, string(d.State)+" spendable", s.wallet.Paid, spendable)
			is(t, string(d.State)+" uncollected", s.wallet.Uncollected, uncollected)
		}
	})
}

// What a wallet may announce: so many deposits in 24 hours, so many instruments at a time, and the refusal says when
// there is room.
func TestAnnouncementsAreBounded(t *testing.T) {
	s := newMarket(t, 0)
	s.policy.Risk.OpenNew = DepositsAwaited + 1 // another test is about wallets without cleared money
	lately := func(n int, state DepositState, age time.Duration) (all []Deposit) {
		for range n {
			at := s.now.Add(-age)
			all = append(all, Deposit{State: state, Created: at, Expires: at.Add(DepositLife)})
		}
		return all
	}
	for name, c := range map[string]struct {
		kind   DepositKind // "": on paper
		lately []Deposit
		limit  string        // "": it is announced
		after  time.Duration // until there is room
	}{
		"first":                   {},
		"last of the day":         {lately: lately(DepositsPerDay-1, DepositFailed, day-time.Second)},
		"one more":                {DepositOnline, lately(DepositsPerDay, DepositFailed, day-1), "deposits_per_day", 1},
		"those of yesterday":      {kind: DepositOnline, lately: lately(DepositsPerDay, DepositFailed, day)},
		"last that is waited for": {lately: lately(DepositsAwaited-1, DepositAwaiting, 50*day)},
		"one more on paper": {
			DepositPaper, lately(DepositsAwaited, DepositAwaiting, 50*day), "deposits_awaited", 10 * day,
		},
		"a card beside them": {kind: DepositOnline, lately: lately(DepositsAwaited, DepositAwaiting, 50*day)},
		"those that came":    {lately: lately(DepositsAwaited, DepositCleared, 50*day)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewDeposit(
				DepositOrder{Method: "check", Kind: cmp.Or(c.kind, DepositPaper), Amount: eur(1000)},
				DepositFacts{No: 2, User: s.user, Wallet: s.wallet, Policy: s.policy, Lately: c.lately}, s.now,
			)
			if c.limit == "" {
				must(t, err)
				return
			}
			no := refused(t, err, ErrLimit)
			is(t, "limit", no.Limit, c.limit)
			is(t, "frees", no.ResetsAt.Sub(s.now), c.after)
		})
	}
}
