// Command contract sells with a client that was generated from the document: an offer, a charge on a link, a use of the
// grant, a refund, and the refusal of a second key for another request.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"contract/vendorapi"
)

func main() {
	ctx, link := context.Background(), os.Getenv("LINK")
	c, err := vendorapi.NewClientWithResponses(os.Getenv("BASE"), vendorapi.WithRequestEditorFn(
		func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+os.Getenv("KEY"))
			return nil
		}))
	check(err)
	kind := vendorapi.OfferInKind("goods")
	offer, err := c.CreateOfferWithResponse(ctx, nil, vendorapi.OfferIn{
		Title: "A stone", Kind: &kind, Price: vendorapi.Money{Amount: "0.25", Currency: "EUR"},
	})
	check(err)
	ref := "❤️ order"
	order := vendorapi.ChargeIn{LinkId: link, OfferId: offer.JSON201.Id, ClientReferenceId: &ref}
	sold, err := c.CreateChargeWithResponse(ctx, &vendorapi.CreateChargeParams{IdempotencyKey: "go"}, order)
	check(err)
	if sold.JSON201 == nil || *sold.JSON201.ClientReferenceId != ref {
		log.Fatalf("not sold: %s", sold.Body)
	}
	used, err := c.ConsumeGrantWithResponse(ctx, sold.JSON201.GrantId, nil, vendorapi.ConsumeIn{RequestId: "1"})
	check(err)
	back, err := c.CreateRefundWithResponse(ctx, &vendorapi.CreateRefundParams{IdempotencyKey: "go-back"},
		vendorapi.RefundIn{ChargeId: sold.JSON201.Id})
	check(err)
	list, err := c.ListChargesWithResponse(ctx, &vendorapi.ListChargesParams{ClientReferenceId: &ref})
	check(err)
	ref = "another"
	refused, err := c.CreateChargeWithResponse(ctx, &vendorapi.CreateChargeParams{IdempotencyKey: "go"}, order)
	check(err)
	problem := refused.ApplicationproblemJSON4XX
	if used.JSON200.ViewsUsed != 1 || back.JSON201 == nil || len(list.JSON200.Data) != 1 || problem == nil {
		log.Fatalf("used %s, refunded %s, listed %s, refused %s", used.Body, back.Body, list.Body, refused.Body)
	}
	log.Print("sold ", sold.JSON201.Id, ", refused ", problem.Code)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
