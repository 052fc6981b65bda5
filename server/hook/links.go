package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A link is the permission that a buyer gave (claims 13, 21). A vendor can look at it and give it back, never widen it.
func (a *api) linkRoutes() {
	register(a, op(http.MethodGet, "/links", "links:read", "list-links",
		"Buyers who have linked the vendor, newest first"), a.links)
	one(a, op(http.MethodGet, "/links/{id}", "links:read", "get-link", "A link as it stands"),
		"link", a.names.OpenLink, (*server.Seller).LinkOf)
	register(a, gone(op(http.MethodDelete, "/links/{id}", "links:write", "end-link",
		"Give the permission back")), a.endLink)
}

// links lists the permissions, ended ones too. The cursor is the name of a link, which has no number of its own.
func (a *api) links(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[view.VendorLink]], error) {
	return list(v.Links(ctx, in.paging()))
}

// endLink gives the permission back. What has ended already is refused with a 409, and nothing changes.
func (a *api) endLink(ctx context.Context, v *server.Seller, in *ID) (*struct{}, error) {
	id, err := a.names.OpenLink(in.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("link")
	}
	return nil, v.EndLink(ctx, id)
}
