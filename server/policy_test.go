package server

import (
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

func TestPolicy(t *testing.T) {
	f := newFixture(t)
	lines, err := f.Policy(f.ctx, f.operator)
	if err != nil || len(lines) == 0 {
		t.Fatalf("%+v, %v", lines, err)
	}
	ann := f.join("ann")
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.Policy(f.ctx, ann); return err })
	rep := view.Caller{Fingerprint: "SHA256:" + strings.Repeat("r", 43)}
	if _, err := f.StaffAdd(f.ctx, f.operator, rep.Fingerprint, ledger.RoleRep, ""); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.Policy(f.ctx, rep); return err })
	f.refused(
		ledger.ErrInvalid,
		func() error { _, err := f.SetPolicy(f.ctx, f.operator, "no such thing", "1"); return err },
	)
	for _, l := range lines { // what is shown can be typed back
		no, _, _ := f.Head(f.ctx)
		if _, err := f.SetPolicy(f.ctx, f.operator, l.Name, l.Value); err != nil {
			t.Errorf("%s = %s: %v", l.Name, l.Value, err)
		}
		if no2, _, _ := f.Head(f.ctx); no2 != no+1 {
			t.Errorf("%s: no entry in the journal", l.Name)
		}
		f.refused(
			ledger.ErrInvalid,
			func() error { _, err := f.SetPolicy(f.ctx, f.operator, l.Name, "\x00 nonsense"); return err },
		)
	}
	h, err := f.House(f.ctx)
	if err != nil || h.Commission == "" || len(h.Currencies) == 0 || h.Window == 0 {
		t.Errorf("service: %+v, %v", h, err)
	}
}
