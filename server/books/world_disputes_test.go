package books

import (
	"slices"
	"time"

	"tuppence/server/ledger"
)

// disputes opens a dispute; autos is how many the rule has refunded before.
func (w *world) disputes(no ledger.EntryNo, autos uint32) (d ledger.Dispute, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f, err := w.saleFacts(tx, no)
		if err != nil {
			return err
		}
		out, err := ledger.DecideDispute(
			ledger.DisputeCase{Reason: "not_delivered"},
			ledger.DisputeFacts{SaleFacts: f, Autos: autos, Lent: w.lentBefore(tx, f.User.ID)}, w.now,
		)
		if err != nil {
			return err
		}
		d = out.Dispute
		return first(appended(tx, out.Entry), tx.PutDispute(d), tx.PutPurchase(out.Purchase))
	})
	return d, err
}

// lentBefore reports whether something is lent to a user.
func (w *world) lentBefore(tx Tx, u ledger.UserID) bool {
	all, err := tx.UserDisputes(u, time.Time{}, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(all, func(d ledger.Dispute) bool { return d.State.Open() && d.Provisional > 0 })
}

// disputeSteps are what everybody can do in a dispute, whether or not it fits.
var disputeSteps = map[string]func(ledger.DisputeFacts, time.Time) (ledger.DisputeOutcome, error){
	"answer": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideAnswer(ledger.Actor{Role: ledger.RoleVendor}, "sent", f, now)
	},
	"offer": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideOffer(ledger.Actor{Role: ledger.RoleVendor}, 9_999, "a part", f, now)
	},
	"take": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideTake(ledger.Actor{Role: ledger.RoleUser}, f, now)
	},
	"decline": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideDecline(ledger.Actor{Role: ledger.RoleUser}, f, now)
	},
	"withdraw": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideWithdraw(ledger.Actor{Role: ledger.RoleUser}, f, now)
	},
	"give in": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideGiveIn(ledger.Actor{Role: ledger.RoleVendor}, f, now)
	},
	"ask": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideAsk(ledger.Actor{Role: ledger.RoleRep, Key: "SHA256:rep"}, "when?", f, now)
	},
	"appeal": func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		a := ledger.Actor{Role: ledger.RoleUser}
		if f.Dispute.State == ledger.DisputeForBuyer {
			a.Role = ledger.RoleVendor
		}
		return ledger.DecideAppeal(a, "look again", f, now)
	},
	"for the buyer":  verdict("SHA256:rep", true),
	"for the vendor": verdict("SHA256:rep", false),
	"another says":   verdict("SHA256:rep2", true),
	"clock":          ledger.DecideOverdue,
}

func verdict(by string, wins bool) func(ledger.DisputeFacts, time.Time) (ledger.DisputeOutcome, error) {
	return func(f ledger.DisputeFacts, now time.Time) (ledger.DisputeOutcome, error) {
		f.Staff, f.Decider = ledger.Staff{Fingerprint: by}, ledger.Staff{Fingerprint: f.Dispute.Decider}
		who := ledger.Actor{Role: ledger.RoleRep, Key: by}
		return ledger.DecideVerdict(ledger.VerdictRequest{UserWins: wins, Reason: "seen", Actor: who}, f, now)
	}
}

// contests moves a dispute on by steps, until one is refused.
func (w *world) contests(no ledger.EntryNo, steps ...string) error {
	w.t.Helper()
	for _, step := range steps {
		err := w.try(func(tx Tx) error {
			d, found, err := tx.Dispute(no)
			if err != nil || !found {
				return first(err, ledger.RefuseNotFound("dispute"))
			}
			f, err := w.saleFacts(tx, d.Purchase)
			if err != nil {
				return err
			}
			out, err := disputeSteps[step](ledger.DisputeFacts{SaleFacts: f, Dispute: d}, w.now)
			if err != nil {
				return err
			}
			return first(appended(tx, out.Entry), tx.PutDispute(out.Dispute), tx.PutPurchase(out.Purchase))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
