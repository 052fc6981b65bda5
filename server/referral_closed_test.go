package server

import (
	"testing"
	"time"

	"tuppence/server/view"
)

// What the people of a team buy with their own wallets rewards no vendor of theirs.
func TestTeamEarnsNothingByItsOwnWallets(t *testing.T) {
	g := guidedHouse(t)
	ann := g.brings("ann")
	c, err := g.TeamInvite(g.ctx, g.owner("guide", "owner"), "read")
	must(t, err)
	_, err = g.TeamJoin(g.ctx, ann, c.Code, "ann")
	must(t, err)
	g.buys(ann, g.news, "Rivers", eur(1_000))
	is(t, "earned", g.waiting(), 0)
	g.clean()
}

// A wallet that closes forgets who has brought it, whatever was or is under way: opened again it rewards nobody, and
// what is given back of its sales takes its part of the reward back.
func TestClosedWalletForgetsWhoHasBroughtIt(t *testing.T) {
	for _, ends := range []bool{false, true} {
		g := guidedHouse(t)
		g.agrees(view.ReferralOrder{Most: "0.15"})
		ann := caller("ann")
		j, err := g.Join(g.ctx, ann, view.JoinRequest{Accept: true, Invite: g.code})
		must(t, err)
		_, err = g.Fund(g.ctx, ann, view.FundRequest{Amount: eur(3_000), Method: "card"})
		must(t, err)
		g.time.Pass(40 * 24 * time.Hour)
		g.touch(ann)
		g.unlimited(ann)
		sold := g.buys(ann, g.news, "Rivers", eur(1_000))
		is(t, "earned", g.waiting(), 100_000)
		if ends {
			_, err := g.EndReferral(g.ctx, ann)
			must(t, err)
		}
		g.time.Pass(400 * 24 * time.Hour)
		g.touch(ann)
		g.empties(ann, "bob")
		g.closes(ann)
		g.clean()
		g.refunds(sold, 400)
		is(t, "while it is closed", g.waiting(), 60_000)
		g.clean()
		ann = caller("ann's new key")
		_, err = g.Recover(g.ctx, ann, j.RecoveryCode)
		must(t, err)
		g.clean()
		g.touch(ann)
		is(t, "brought by", g.user(ann).Brought.Vendor, 0)
		g.buys(ann, g.news, "Rivers", eur(100))
		g.refunds(sold, 600)
		is(t, "opened again", g.waiting(), 0)
		g.clean()
	}
}
