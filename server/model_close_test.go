package server

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tuppence/server/view"
)

// Wallets close, open again and claim, in whatever order with sales, refunds, disputes and time: the books are clean,
// and what came in is had once.
func TestWhateverIsClosedIsNotLost(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newModel(t)
		r.Repeat(map[string]func(*rapid.T){
			"card": w.card, "charge": w.charge, "checkout": w.checkout, "answer": w.answer, "refund": w.refund,
			"dispute": w.dispute, "verdict": w.verdict, "incentive": w.incentive, "end a transfer": w.endTransfer,
			"closing": w.closing, "close more": w.closing, "recover": w.recover, "time": w.pass,
			"": func(r *rapid.T) { w.audit(r) },
		})
	})
}

// closing closes a wallet, opens a closed one again, or claims what came in late, whoever has which code.
func (w *model) closing(r *rapid.T) {
	i := rapid.IntRange(0, len(w.people)-1).Draw(r, "who")
	who := w.people[i]
	switch rapid.IntRange(0, 3).Draw(r, "closing") {
	case 0:
		w.charge(r)
		w.emptied(r, who)
		v, err := w.CloseWallet(w.ctx, who)
		if !w.ok(r, err) {
			return
		}
		w.closed = append(w.closed, v.Code, w.codes[who.Fingerprint])
		j, err := w.Join(w.ctx, who, view.JoinRequest{Accept: true})
		if err != nil {
			r.Fatalf("the key of a closed wallet opens no new one: %v", err)
		}
		w.codes[who.Fingerprint] = j.RecoveryCode
		w.touch(who)
		for range 3 {
			if len(w.sales) > 0 {
				w.refund(r) // late, if it is the closed wallet's
			}
		}
	case 1:
		fresh := caller(fmt.Sprint("back ", len(w.people)))
		j, err := w.Recover(w.ctx, fresh, one(r, "paper", w.closed))
		if w.ok(r, err) {
			w.people, w.codes[fresh.Fingerprint] = append(w.people, fresh), j.RecoveryCode
		}
	default:
		_, err := w.ClaimClosed(w.ctx, who, one(r, "code of a closed wallet", w.closed))
		w.ok(r, err)
	}
}

// emptied sends what a wallet has to whoever claims it, as far as that can be done.
func (w *model) emptied(r *rapid.T, who view.Caller) {
	o, err := w.Overview(w.ctx, who)
	if !w.ok(r, err) {
		return
	}
	for _, one := range o.Wallets {
		if one.Available.Micros <= 0 {
			continue
		}
		v, err := w.Transfer(w.ctx, who, view.TransferRequest{Amount: one.Available})
		if w.ok(r, err) {
			_, err = w.Claim(w.ctx, rapid.SampledFrom(w.people).Draw(r, "heir"), v.Code)
			w.ok(r, err)
		}
	}
}
