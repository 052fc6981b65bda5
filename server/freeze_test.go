package server

import (
	"errors"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Staff freeze a wallet and thaw it, with a reason that its owner reads; not their own, and not twice. A frozen wallet
// buys and funds nothing, and goes on afterwards.
func TestFreezeAndThaw(t *testing.T) {
	d := newDesk(t, 2000)
	ann, mias := d.user(d.ann).Handle, d.user(caller("mia's wallet")).Handle
	frozen, err := d.Freeze(d.ctx, d.mia, ann, "its owner called")
	must(t, err)
	is(t, "state", frozen.State, "frozen")
	fund := func() error {
		_, err := d.Fund(d.ctx, d.ann, view.FundRequest{Amount: eur(500), Method: "card"})
		return err
	}
	if err := fund(); !errors.Is(err, ledger.ErrFrozen) {
		t.Errorf("funds while it is frozen: %v", err)
	}
	for name, no := range map[string]struct {
		do   func() error
		want error
	}{
		"twice":     {func() error { _, err := d.Freeze(d.ctx, d.max, ann, "x"); return err }, ledger.ErrState},
		"own":       {func() error { _, err := d.Freeze(d.ctx, d.mia, mias, "x"); return err }, ledger.ErrNotAllowed},
		"user":      {func() error { _, err := d.Thaw(d.ctx, d.ann, ann, "x"); return err }, ledger.ErrNotAllowed},
		"unknown":   {func() error { _, err := d.Freeze(d.ctx, d.mia, "w_nobody", "x"); return err }, ledger.ErrNotFound},
		"no reason": {func() error { _, err := d.Thaw(d.ctx, d.mia, ann, " "); return err }, ledger.ErrInvalid},
	} {
		if err := no.do(); !errors.Is(err, no.want) {
			t.Errorf("%s: %v, want %v", name, err, no.want)
		}
	}
	_, err = d.Thaw(d.ctx, d.max, ann, "she called again")
	must(t, err)
	must(t, fund())
}
