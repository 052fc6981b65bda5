package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// settlementRoutes show a vendor what it was paid, and how that came about (claims 16, 30).
func (a *api) settlementRoutes() {
	register(a, op(http.MethodGet, "/balance", "settlements:read", "get-balance",
		"What the vendor has earned, in each currency"),
		func(ctx context.Context, v *server.Seller, _ *struct{}) (*Body[List[view.Balance]], error) {
			me, err := v.Vendor(ctx)
			return body(List[view.Balance]{Data: me.Balance}, err)
		})
	register(a, op(http.MethodGet, "/settlements", "settlements:read", "list-settlements", "Settlements, newest first"),
		func(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[view.Settlement]], error) {
			return list(v.Settlements(ctx, in.paging()))
		})
	one(a, op(http.MethodGet, "/settlements/{id}", "settlements:read", "get-settlement", "A settlement as it stands"),
		"settlement", a.names.OpenSettlement, (*server.Seller).SettlementOf)
	one(a, op(http.MethodGet, "/settlements/{id}/statement", "settlements:read", "get-statement",
		"The statement of a settlement"),
		"settlement", a.names.OpenSettlement, (*server.Seller).StatementOf)
	register(a, op(http.MethodGet, "/settlements/{id}/statement.csv", "settlements:read", "get-statement-csv",
		"The statement of a settlement as CSV, whose hash was sealed"), a.statementCSV)
}

// CSV is a table as text.
type CSV struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *api) statementCSV(ctx context.Context, v *server.Seller, in *ID) (*CSV, error) {
	no, err := a.names.OpenSettlement(in.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("settlement")
	}
	s, err := v.StatementOf(ctx, no)
	if err != nil {
		return nil, err
	}
	return &CSV{"text/csv; charset=utf-8", []byte(s.CSV())}, nil
}
