package hook

import (
	"context"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// contentTime is how long content may take to come in: 1 MiB on a slow line.
const contentTime = time.Minute

// contentRequest is content for the offer in the path, as its bytes.
type contentRequest struct {
	ID
	Type    string `header:"Content-Type" hidden:"true"`
	RawBody []byte `contentType:"text/html"`
}

// contentRoutes keep content for buyers (claim 25). The same content again changes nothing, so no key is needed.
func (a *api) contentRoutes() {
	put := op(http.MethodPut, "/offers/{id}/content", "offers:write", "put-offer-content",
		"Leave content here: who buys the offer from now on opens it without your site")
	put = takesLarge(put, ledger.MaxContent+1, &largeBodies{most: largeAtOnce, each: 1}) // huma refuses what fills it
	put.BodyReadTimeout = contentTime
	put.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, media := range ledger.ReadableTypes() {
		put.RequestBody.Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	register(a, put, a.putContent)
	one(a, op(http.MethodGet, "/offers/{id}/content", "offers:read", "get-offer-content",
		"What is kept for the newest version of an offer"), "offer", a.names.OpenOffer, (*server.Seller).OfferContent)
	register(a, gone(op(http.MethodDelete, "/offers/{id}/content", "offers:write", "drop-offer-content",
		"Later buyers open the content at your site; earlier ones keep what they bought")), a.dropContent)
}

// putContent keeps the body.
func (a *api) putContent(
	ctx context.Context, v *server.Seller, in *contentRequest,
) (*Body[view.OfferContent], error) {
	id, err := a.names.OpenOffer(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("offer")
	}
	media, _, err := mime.ParseMediaType(in.Type)
	if err != nil { // refused as what it says
		media = in.Type
	}
	return body(v.LeaveContent(ctx, id, media, in.RawBody))
}

// dropContent names no content any more.
func (a *api) dropContent(ctx context.Context, v *server.Seller, in *ID) (*struct{}, error) {
	id, err := a.names.OpenOffer(in.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("offer")
	}
	return nil, v.DropContent(ctx, id)
}
