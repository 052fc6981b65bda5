package view

import (
	"time"

	"tuppence/server/ledger"
)

// This file has what a vendor's server sees of its own things: the answers of the HTTP contract, and the data of its
// events. A buyer is a pairwise pseudonym there ("w_…"), which no other vendor knows. The tags doc, enum and example
// are text for the OpenAPI document; they mean nothing to this package.

// Maybe is a time that may be missing: nil for the zero value, so that the field is left out of the JSON.
func Maybe(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	at := At(t)
	return &at
}

// Vendor is a vendor's own profile (claim 12).
type Vendor struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Title   string        `json:"title"`
	Status  string        `json:"status" enum:"active"`
	Origins List[Origin]  `json:"origins"`
	Balance List[Balance] `json:"balance"`
	Created Time          `json:"created"`
}

// Origin is a site of the vendor; only a verified one counts.
type Origin struct {
	URL      string `json:"url"`
	Verified bool   `json:"verified"`
}

// OriginProof is a site of the vendor with what proves that it is its own.
type OriginProof struct {
	URL      string `json:"url" doc:"The site."`
	Verified bool   `json:"verified" doc:"Whether it counts."`
	Token    string `json:"token,omitempty" doc:"Stands in a line of the file, or in the TXT record."`
	File     string `json:"file,omitempty" doc:"The address of the file."`
	Record   string `json:"record,omitempty" doc:"The name of the TXT record, in place of the file."`
}

// Balance is what the vendor has earned in one currency, as decimal texts. Available may be negative: then it is owed
// by the vendor.
type Balance struct {
	Currency  ledger.Currency `json:"currency"`
	Pending   string          `json:"pending"`
	Available string          `json:"available"`
	Reserve   string          `json:"reserve"`
	Disputed  string          `json:"disputed" doc:"The vendor's part of what waits in the newest 200 disputes."`
	InTransit string          `json:"in_transit"`
}

// Offer is one version of what is sold, with the fields of claim 44.
type Offer struct {
	ID          string            `json:"id"`
	Version     uint32            `json:"version"`
	Status      string            `json:"status" enum:"active,retired"`
	Title       string            `json:"title"`
	Description string            `json:"description,omitempty"`
	Price       ledger.Amount     `json:"price"`
	Kind        string            `json:"kind,omitempty" enum:"content,service,goods"`
	ContentURL  string            `json:"content_url,omitempty" doc:"What opens after the purchase."`
	Views       uint32            `json:"views,omitempty" doc:"How often it may be opened; 0: no bound."`
	Hours       uint32            `json:"hours,omitempty" doc:"Hours after the first use; 0: no bound."`
	Days        uint32            `json:"days,omitempty" doc:"Days after the purchase; 0: no bound."`
	ExpiresAt   *Time             `json:"expires_at,omitempty" doc:"Absolute end."`
	Incentives  []string          `json:"incentive_ids,omitempty" doc:"Kept with the offer; nothing is given yet."`
	Royalties   []Royalty         `json:"royalties,omitempty" doc:"Shares of the price less commission."`
	Plan        string            `json:"royalty_plan,omitempty" doc:"The plan that sales are split by."`
	MIME        string            `json:"mime_type,omitempty"`
	SampleURL   string            `json:"sample_url,omitempty"`
	SHA256      string            `json:"content_sha256,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Created     Time              `json:"created"`
}

// OfferContent is content that is kept here for the buyers of an offer version.
type OfferContent struct {
	OfferID string `json:"offer_id"`
	Version uint32 `json:"version" doc:"The version that names it: who buys that, or a later one, opens it from here."`
	Type    string `json:"type" doc:"Media type."`
	Size    uint32 `json:"size" doc:"Bytes."`
	SHA256  string `json:"content_sha256"`
	Kept    Time   `json:"kept" doc:"Since when it is kept."`
}

// Royalty is one payee of an offer: a share in basis points of the net, or a fixed amount per piece.
type Royalty struct {
	Payee string         `json:"payee"`
	Role  string         `json:"role" enum:"author,publisher,owner,performer,agent,other"`
	Share uint32         `json:"percent_bp,omitempty" doc:"Basis points of the net."`
	Fixed *ledger.Amount `json:"fixed,omitempty"`
}

// Checkout is a request that a person answers in the terminal.
type Checkout struct {
	ID        string            `json:"id"`
	Mode      string            `json:"mode" enum:"charge,hold,link"`
	URL       string            `json:"url" doc:"Send the browser here."`
	UserCode  string            `json:"user_code" doc:"What the buyer types to approve."`
	Status    string            `json:"status" enum:"open,approved,denied,redeemed,expired"`
	TxnID     string            `json:"txn_id" doc:"Seals the terms."`
	Amount    *ledger.Amount    `json:"amount,omitempty"`
	Quantity  uint32            `json:"quantity,omitempty"`
	ClientRef string            `json:"client_reference_id,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	ExpiresAt Time              `json:"expires_at"`
	Created   Time              `json:"created"`
}

// Redeemed is what the one-time code turns into: a sale with its grant, a link, or both.
type Redeemed struct {
	Checkout Checkout     `json:"checkout"`
	Charge   *Charge      `json:"charge,omitempty"`
	Grant    *VendorGrant `json:"grant,omitempty"`
	Link     *VendorLink  `json:"link,omitempty"`
}

// Charge is a sale as it stands; in the books it is a purchase.
type Charge struct {
	ID        string            `json:"id"`
	TxnID     string            `json:"txn_id" doc:"Seals the terms."`
	Status    string            `json:"status" enum:"held,captured,voided,expired,partially_refunded,refunded"`
	Disputed  bool              `json:"disputed"`
	Amount    ledger.Amount     `json:"amount"`
	Captured  ledger.Amount     `json:"captured"`
	HoldUntil *Time             `json:"hold_until,omitempty" doc:"Held: then it goes back to the buyer by itself."`
	Refunded  ledger.Amount     `json:"refunded"`
	Wallet    string            `json:"wallet" doc:"What this vendor calls the buyer; other vendors know another name."`
	Offer     ChargeOffer       `json:"offer"`
	Quantity  uint32            `json:"quantity"`
	Splits    List[Split]       `json:"splits" doc:"Who gets what, to the micro."`
	GrantID   string            `json:"grant_id"`
	LinkID    string            `json:"link_id,omitempty"`
	ClientRef string            `json:"client_reference_id,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Created   Time              `json:"created"`
	// Plan and PlanVersion are pinned: a later version does not change this sale.
	Plan        string `json:"royalty_plan,omitempty" doc:"The plan that this was split by."`
	PlanVersion uint32 `json:"royalty_plan_version,omitempty" doc:"Its version then."`
	PaysBuyer   bool   `json:"self_dealing,omitempty" doc:"The buyer is a payee of this sale."`
	Request     string `json:"request,omitempty" doc:"What a program has paid for: method and address."`
}

// ChargeOffer pins what was sold. An inline offer has no id.
type ChargeOffer struct {
	ID      string `json:"id,omitempty"`
	Version uint32 `json:"version"`
	Title   string `json:"title"`
}

// Split is one receiver of a sale. The amount is a decimal text in the currency of the charge.
type Split struct {
	Payee  string `json:"payee"`
	Role   string `json:"role" enum:"vendor,author,publisher,owner,performer,agent,other,commission"`
	Amount string `json:"amount"`
}

// Refund is money of a sale that went back.
type Refund struct {
	ID        string        `json:"id"`
	ChargeID  string        `json:"charge_id"`
	DisputeID string        `json:"dispute_id,omitempty" doc:"The dispute that it came of."`
	Status    string        `json:"status" enum:"succeeded"`
	Amount    ledger.Amount `json:"amount"`
	Reason    string        `json:"reason"`
	Created   Time          `json:"created"`
}

// VendorGrant is the right that a sale gave, with its token for the vendor's site. Its last three fields are no part of
// the answer: the signer of the token needs them.
type VendorGrant struct {
	ID         string `json:"id"`
	ChargeID   string `json:"charge_id"`
	Status     string `json:"status" enum:"active,pending,exhausted,expired,revoked"`
	ViewsTotal uint32 `json:"views_total" doc:"0: no bound."`
	ViewsUsed  uint32 `json:"views_used"`
	Hours      uint32 `json:"hours_after_first_use,omitempty"`
	From       Time   `json:"valid_from"`
	Until      *Time  `json:"valid_until,omitempty"`
	Resource   string `json:"resource,omitempty"`
	Token      string `json:"token,omitempty" doc:"Signed, good for 5 minutes, checked with /.well-known/jwks.json."`

	Wallet string   `json:"-"` // pairwise pseudonym of the buyer: the subject of the token
	TxnID  string   `json:"-"` // seals the terms of the sale
	Sites  []string `json:"-"` // verified origins of the vendor: the audience of the token
}

// GrantCheck tells whether a grant opens now, and why not (in the spirit of RFC 7662). To ask counts no view.
type GrantCheck struct {
	Active    bool    `json:"active"`
	Why       string  `json:"why,omitempty" enum:"held,disputed,views,hours,days,expires_at,revoked,token_expired"`
	ID        string  `json:"id"`
	ChargeID  string  `json:"charge_id"`
	Status    string  `json:"status" enum:"active,pending,exhausted,expired,revoked"`
	ViewsLeft *uint32 `json:"views_left,omitempty"`
	Until     *Time   `json:"valid_until,omitempty"`
	Resource  string  `json:"resource,omitempty"`
	Wallet    string  `json:"wallet"`
	Revoked   *Time   `json:"revoked,omitempty"`
	By        string  `json:"revoked_by,omitempty" enum:"vendor,refund,dispute"`
	Reason    string  `json:"reason,omitempty"`
}

// Revocation is a grant that ended before its time.
type Revocation struct {
	ID       string `json:"id"`
	ChargeID string `json:"charge_id"`
	Revoked  Time   `json:"revoked"`
	By       string `json:"revoked_by" enum:"vendor,refund,dispute"`
	Reason   string `json:"reason,omitempty"`
}

// VendorLink is a buyer's standing permission, as its vendor sees it.
type VendorLink struct {
	ID      string     `json:"id"`
	Wallet  string     `json:"wallet" doc:"What this vendor calls the buyer."`
	Status  string     `json:"status" enum:"active,revoked"`
	Limits  LinkLimits `json:"limits"`
	Created Time       `json:"created"`
}

// LinkLimits are bounds of a link; one that is left out does not bound.
type LinkLimits struct {
	PerCharge *ledger.Amount `json:"per_charge,omitempty"`
	PerPeriod *PeriodLimit   `json:"per_period,omitempty" doc:"The shortest one, if there are several."`
	Total     *ledger.Amount `json:"total,omitempty"`
}

// PeriodLimit bounds what is spent in a day, a week or a month of the buyer's zone (ISO 8601 durations).
type PeriodLimit struct {
	Amount ledger.Amount `json:"amount"`
	Period string        `json:"period" enum:"P1D,P1W,P1M"`
}

// VendorDispute is a buyer's contest of a sale, as its vendor sees it.
type VendorDispute struct {
	ID       string         `json:"id"`
	ChargeID string         `json:"charge_id"`
	GrantID  string         `json:"grant_id"`
	Stage    string         `json:"stage" doc:"How far it has come; won and lost are the buyer's."`
	Reason   string         `json:"reason"`
	Text     string         `json:"text,omitempty"`
	Amount   ledger.Amount  `json:"amount"`
	Offer    *ledger.Amount `json:"offer,omitempty" doc:"The part that was offered, or went back by an offer."`
	DueBy    *Time          `json:"due_by,omitempty" doc:"Until then the side whose turn it is may act."`
	Silence  string         `json:"silence,omitempty" enum:"buyer,review" doc:"Who gains by no answer."`
	Rule     string         `json:"rule,omitempty" doc:"Which rule said how it goes on."`
	Why      string         `json:"why,omitempty" doc:"The same in words."`
	Used     uint32         `json:"views_used" doc:"Before it was disputed."`
	First    *Time          `json:"first_use,omitempty" doc:"Of the content."`
	Decided  *Time          `json:"decided,omitempty"`
	Note     string         `json:"note,omitempty"`
	RefundID string         `json:"refund_id,omitempty" doc:"The refund that came of it."`
	Case     List[CaseStep] `json:"case" doc:"What both sides and staff have done, in order."`
	Created  Time           `json:"created"`
}

// Endpoint is an address that takes webhooks. The secret is shown when it is made, and then never again.
type Endpoint struct {
	ID      string       `json:"id"`
	URL     string       `json:"url"`
	Events  List[string] `json:"event_types" doc:"Empty: all events."`
	Status  string       `json:"status" enum:"live,disabled"`
	Secret  string       `json:"secret,omitempty"`
	Created Time         `json:"created"`
	// Parallel is how many events, of different buyers, are on their way at once.
	Parallel int            `json:"max_in_flight"`
	Old      *Time          `json:"old_secrets_until,omitempty" doc:"Until then events are signed with old secrets, too."`
	Disabled *Time          `json:"disabled_since,omitempty"`
	Why      string         `json:"disabled_reason,omitempty"`
	Success  *Time          `json:"last_success,omitempty"`
	Failure  *EndpointError `json:"last_error,omitempty"`
	Next     *Time          `json:"next_attempt,omitempty" doc:"When the event that failed last is tried again."`
	Warning  string         `json:"warning,omitempty" doc:"Why events may not arrive, or twice; it is made all the same."`
}

// EndpointError is how the last attempt that failed has ended.
type EndpointError struct {
	At     Time   `json:"time"`
	Status int    `json:"status" doc:"Of HTTP; 0: nothing came back."`
	Text   string `json:"text,omitempty"`
}

// VendorEvent is something that happened to a vendor, and how far it is on its way to each endpoint.
type VendorEvent struct {
	ID         string              `json:"id"`
	Type       string              `json:"type"`
	At         Time                `json:"timestamp"`
	Data       WebhookData         `json:"data"`
	Deliveries List[EventDelivery] `json:"deliveries"`
}

// EventDelivery is one event on its way to one endpoint. Parked is one that was given up; it can be sent again.
type EventDelivery struct {
	EndpointID string `json:"endpoint_id"`
	Status     string `json:"status" enum:"waiting,delivered,parked"`
	Sequence   uint64 `json:"sequence,omitempty" doc:"Rises in the order of events, for each endpoint."`
	Attempts   int    `json:"attempts"`
	HTTP       int    `json:"last_status,omitempty"`
	Text       string `json:"last_error,omitempty"`
	Next       *Time  `json:"next_attempt,omitempty" doc:"Absent: behind an earlier event of the same buyer."`
	Delivered  *Time  `json:"delivered,omitempty"`
}

// Webhook is the body of one event (Standard Webhooks 1.0.0).
type Webhook struct {
	Type string      `json:"type"`
	At   Time        `json:"timestamp"` // of the entry, the same in every attempt
	Data WebhookData `json:"data"`
	// Sequence rises in the order of events, for each endpoint: of two events about one buyer the higher is the later.
	Sequence uint64 `json:"sequence,omitempty"`
	Test     bool   `json:"test,omitempty" doc:"A sample that somebody of the vendor has asked for: nothing happened."`
}

// Heard is a line that a client is told which listens to the events of its vendor: at first the secret that signs them,
// then an event each, or how many were passed over because the client did not read.
type Heard struct {
	Secret string `json:"secret,omitempty"`
	ID     string `json:"id,omitempty"`
	Type   string `json:"type,omitempty"`
	At     *Time  `json:"timestamp,omitempty"`
	// Payload is the body as it is signed, byte for byte; a [Webhook] in JSON.
	Payload string            `json:"payload,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Dropped uint64            `json:"dropped,omitempty"`
}

// Trigger is what became of a sample of an event.
type Trigger struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Told   int    `json:"listeners"`
	Hook   string `json:"endpoint_id,omitempty"`
	Status int    `json:"status,omitempty"` // of HTTP, that the endpoint has answered
}

// WebhookData has the key fields of an event: enough to look it up, nothing about a person.
type WebhookData struct {
	ID        string          `json:"id,omitempty"` // of the charge, checkout, grant, dispute or link
	Wallet    string          `json:"wallet,omitempty"`
	Amount    *ledger.Amount  `json:"amount,omitempty"`
	Currency  ledger.Currency `json:"currency,omitempty"`
	ChargeID  string          `json:"charge_id,omitempty"`
	RefundID  string          `json:"refund_id,omitempty"`
	Stage     string          `json:"stage,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Voucher   uint64          `json:"voucher,omitempty"` // which one of a token issue; they count from 1
	ClientRef string          `json:"client_reference_id,omitempty"`
}
