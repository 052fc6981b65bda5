package funding

import (
	"context"
	"strings"
	"testing"

	"tuppence/server/ledger"
)

func deposit(micros int64, state ledger.DepositState) Order {
	return Order{Name: "dep_1", Deposit: ledger.Deposit{
		Amount: ledger.Amount{Micros: micros, Currency: "EUR"}, State: state, Reference: "RF18 5390", Method: "card",
	}}
}

// The simulated processor reaches every state of an online deposit; which one is told by the cents.
func TestSimulatedCardRoads(t *testing.T) {
	for _, tt := range []struct {
		name        string
		micros      int64
		started     ledger.DepositState // "" for a lost answer
		lookedUp    ledger.DepositState
		afterwards  ledger.DepositState // what a lookup of a succeeded deposit finds
		mustExplain bool
	}{
		{"plain", 5_000_000, ledger.DepositSucceeded, ledger.DepositSucceeded, ledger.DepositSettled, false},
		{"declined", 5_130_000, ledger.DepositFailed, ledger.DepositFailed, "", true},
		{"answer lost, taken", 5_140_000, "", ledger.DepositSucceeded, ledger.DepositSettled, false},
		{"answer lost, never seen", 5_150_000, "", ledger.DepositFailed, "", true},
		{"charged back", 5_160_000, ledger.DepositSucceeded, ledger.DepositSucceeded, ledger.DepositChargedBack, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c SimulatedCard
			got, err := c.Start(context.Background(), deposit(tt.micros, ledger.DepositProcessing))
			if (err != nil) != (tt.started == "") || got.State != tt.started {
				t.Fatalf("Start = %+v, %v; want %q", got, err, tt.started)
			}
			got, err = c.Lookup(context.Background(), deposit(tt.micros, ledger.DepositErrored))
			if err != nil || got.State != tt.lookedUp {
				t.Fatalf("Lookup = %+v, %v; want %s", got, err, tt.lookedUp)
			}
			if tt.afterwards != "" {
				for range 2 { // asking again changes nothing
					got, err = c.Lookup(context.Background(), deposit(tt.micros, ledger.DepositSucceeded))
					if err != nil || got.State != tt.afterwards {
						t.Fatalf("Lookup afterwards = %+v, %v; want %s", got, err, tt.afterwards)
					}
				}
			}
			if tt.mustExplain && got.Reason == "" {
				t.Errorf("no reason for %s", got.State)
			}
		})
	}
}

// The processor forgets when the program ends; deposits that it had taken are settled all the same.
func TestSimulatedCardAfterRestart(t *testing.T) {
	var c SimulatedCard
	got, err := c.Lookup(context.Background(), deposit(5_000_000, ledger.DepositSucceeded))
	if err != nil || got.State != ledger.DepositSettled {
		t.Errorf("Lookup = %+v, %v; want settled", got, err)
	}
}

// A check tells its payer everything that must be written on it, and nothing that is over.
func TestCheckSteps(t *testing.T) {
	c := Check{Post{Payee: "Tuppence House", Address: "1 Mint Lane, 10115 Berlin"}}
	o := deposit(20_000_000, ledger.DepositCreated)
	out, err := c.Start(context.Background(), o)
	if err != nil || out.State != ledger.DepositAwaiting {
		t.Fatalf("Start = %+v, %v", out, err)
	}
	o.Deposit.State = out.State
	steps := strings.Join(c.Steps(o.Deposit), "\n")
	for _, want := range []string{"Tuppence House", "1 Mint Lane", o.Deposit.Reference} {
		if !strings.Contains(steps, want) {
			t.Errorf("the steps lack %q:\n%s", want, steps)
		}
	}
	o.Deposit.State = ledger.DepositCleared
	if steps := c.Steps(o.Deposit); len(steps) != 0 {
		t.Errorf("steps for a cleared check: %q", steps)
	}
}
