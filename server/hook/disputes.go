package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/view"
)

// A vendor sees the disputes about its sales (claim 14); its way to answer one is a refund.
func (a *api) disputeRoutes() {
	register(a, op(http.MethodGet, "/disputes", "list-disputes", "Disputes about the vendor's sales, newest first"),
		a.disputes)
	one(a, op(http.MethodGet, "/disputes/{id}", "get-dispute", "A dispute as it stands"),
		"dispute", a.names.OpenDispute, (*server.Seller).DisputeOf)
}

// disputes lists what buyers contest, decided ones too.
func (a *api) disputes(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[view.VendorDispute]], error) {
	return list(v.Disputes(ctx, in.paging()))
}
