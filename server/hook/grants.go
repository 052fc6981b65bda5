package hook

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// Grant is the right to open what was sold: it ends at whichever of its bounds comes first.
type Grant struct {
	ID         string     `json:"id"`
	ChargeID   string     `json:"charge_id"`
	Status     string     `json:"status" enum:"active,exhausted,expired,revoked"`
	ViewsTotal uint32     `json:"views_total" doc:"0: no bound."`
	ViewsUsed  uint32     `json:"views_used"`
	Hours      uint32     `json:"hours_after_first_use,omitempty"`
	From       time.Time  `json:"valid_from"`
	Until      *time.Time `json:"valid_until,omitempty"`
	Resource   string     `json:"resource,omitempty"`
	Token      string     `json:"token,omitempty" doc:"Signed, good for 5 minutes, checked offline with /.well-known/jwks.json."`
}

// ConsumeIn counts a use of a grant.
type ConsumeIn struct {
	N         uint32 `json:"n,omitempty" minimum:"1" maximum:"1000" default:"1"`
	RequestID string `json:"request_id" minLength:"1" maxLength:"100" doc:"The same id counts once."`
}

func (a *api) grantRoutes() {
	register(a, op(http.MethodGet, "/grants/{id}", "get-grant", "A grant as it stands, with a fresh token while it is active"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Grant], error) {
			no, err := a.names.OpenGrant(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("grant")
			}
			s, err := v.Grant(ctx, no)
			if err != nil {
				return nil, err
			}
			g, err := a.grant(ctx, v, s)
			if err != nil {
				return nil, err
			}
			return body(g), nil
		})
	register(a, op(http.MethodPost, "/grants/{id}/consume", "consume-grant", "Count a view; repeating a request id counts once"),
		func(ctx context.Context, v *server.Seller, in *struct {
			ID
			Body ConsumeIn
		},
		) (*Body[Grant], error) {
			no, err := a.names.OpenGrant(in.ID.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("grant")
			}
			s, err := v.Consume(ctx, server.Use{Grant: no, N: in.Body.N, RequestID: in.Body.RequestID})
			if err != nil {
				return nil, err
			}
			g, err := a.grant(ctx, v, s)
			if err != nil {
				return nil, err
			}
			return body(g), nil
		})
}

// grant shows a grant; an active one with a token for the vendor's site.
func (a *api) grant(ctx context.Context, v *server.Seller, s server.Sold) (Grant, error) {
	now := a.now()
	sale := s.Record.Sale
	status := ledger.GrantStatus(sale, s.Purchase, now)
	ends := ledger.GrantEnds(sale, s.Purchase)
	g := Grant{
		ID: a.names.Grant(s.Record.No), ChargeID: a.names.Charge(s.Record.No), Status: string(status), ViewsTotal: sale.Grant.Bounds.Views,
		ViewsUsed: s.Purchase.Grant.Used, Hours: sale.Grant.Bounds.Hours, From: sale.Grant.From, Until: later(ends), Resource: sale.ContentURL,
	}
	if status != ledger.GrantActive {
		return g, nil
	}
	me, err := v.Vendor(ctx)
	if err != nil {
		return g, err
	}
	expiry := now.Add(seal.GrantLife)
	if !ends.IsZero() && ends.Before(expiry) {
		expiry = ends
	}
	claims := seal.GrantClaims{
		Claims: jwt.Claims{
			Issuer: a.base, Subject: a.names.Pseudonym(s.Record.User, s.Record.Vendor), ID: g.ID,
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(expiry),
		},
		Txn: a.names.TxnOf(s.Record.Entry), Resource: sale.ContentURL,
	}
	for _, o := range me.Origins {
		if !o.Verified.IsZero() {
			claims.Audience = append(claims.Audience, o.URL)
		}
	}
	if g.ViewsTotal > 0 {
		left := int64(g.ViewsTotal) - int64(g.ViewsUsed)
		claims.ViewsLeft = &left
	}
	if !ends.IsZero() {
		claims.ValidUntil = ends.Format(time.RFC3339)
	}
	g.Token, err = a.names.GrantToken(claims)
	return g, err
}

// keys serves the public keys of grant tokens.
func (a *api) keys(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_ = json.NewEncoder(w).Encode(a.names.JWKS()) // the client went away: nobody to tell
}
