package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/view"
)

// The balances are here, where a vendor looks whether its key works.
func (a *api) vendorRoutes() {
	register(a, op(http.MethodGet, "/vendor", "vendor:read", "get-vendor",
		"The vendor behind the key, with its balances"),
		func(ctx context.Context, v *server.Seller, _ *struct{}) (*Body[view.Vendor], error) {
			return body(v.Vendor(ctx))
		})
}
