package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/view"
)

// A vendor is rewarded for the users that it brings (claim 12). It learns sums, and nobody of whom they are.
func (a *api) referralRoutes() {
	register(a, op(http.MethodGet, "/referrals", "settlements:read", "get-referral",
		"What the users that you bring earn you"),
		func(ctx context.Context, v *server.Seller, _ *struct{}) (*Body[view.ReferralFor], error) {
			return body(v.Referrals(ctx))
		})
}
