package hook

// This file has the words of the document that are too long for a tag, or the same in many places.

// meanings are descriptions of single fields: schema, property, words.
var meanings = []struct{ schema, property, words string }{
	{"Problem", "retryable", "Whether the same request can succeed later without another act."},
	{"Problem", "title", "The kind of problem, for a person."},
	{"Problem", "status", "The HTTP status."},
	{"ChargeIn", "offer_version", "Refuse if the offer has another version by now; 0: sell the newest."},
	{"CheckoutIn", "success_url", "Where the browser goes with the one-time code; on a verified origin."},
	{"CheckoutIn", "expires_in", "Seconds; 0: 15 minutes."},
	{"OfferIn", "content_url", "What opens after the purchase; on a verified origin."},
	{"OfferIn", "incentive_ids", "Kept with the offer; nothing is given for them yet."},
	{"OfferIn", "royalties", "Shares of the price less commission; the rest is the vendor's."},
	{"ConsumeIn", "n", "How many views this use counts."},
	{"Vendor", "name", "The name by which buyers type the vendor."},
	{"Webhook", "timestamp", "When it happened; the same in every attempt."},
	{"Event", "timestamp", "When it happened."},
	{"EndpointError", "time", "When the attempt ended."},
}

// fields are descriptions of fields that mean the same wherever they are.
var fields = map[string]string{ //nolint:gosec // words about secrets, and none of them
	"attempts": "How often it was sent.", "deliveries": "How far it is on its way to each endpoint.",
	"delivered": "When it was taken.", "disabled_reason": "Why no more events are sent there.",
	"disabled_since": "Since when no events are sent there.", "endpoint_id": "The endpoint.",
	"last_error": "How the last attempt failed.", "last_status": "The HTTP status of the last attempt.",
	"last_success":  "When an event was last taken.",
	"max_in_flight": "How many events, of different buyers, are on their way at once.",
	"sequence":      "Rises in the order of events, for each endpoint.",
	"amount":        "How much.", "available": "What can be paid out; negative: what is owed.",
	"balance":    "What was earned, one for each currency.",
	"cancel_url": "Where the browser goes after a no; on a verified origin.",
	"captured":   "What was taken of the buyer.", "charge_id": "The sale.", "checkout": "The request as it stands.",
	"client_reference_id": "The vendor's own reference, kept exactly as sent and never read. At most 200 characters.",
	"code":                "The one-time code that the browser brought back.",
	"content_sha256":      "Hash of the content, 64 hexadecimal digits.",
	"content_url":         "What opens after the purchase; on a verified origin.", "created": "When it was made.",
	"currency": "ISO 4217 code.", "data": "The rows, newest first.", "days": "Days after the purchase; 0: no bound.",
	"expires": "When what is left of it goes back to who gave it.",
	"decided": "When it was decided; left out while it is open.", "description": "What is sold, in a few sentences.",
	"detail": "What is wrong with it.", "disputed": "Whether the buyer contests it, and it is not decided.",
	"errors": "All fields at fault, at most ten.", "expires_at": "When it ends.",
	"grant_id":              "The right that the sale gave.",
	"has_more":              "Whether next_cursor has a page. Without searched_to at least one more row follows.",
	"hours":                 "Hours after the first use; 0: no bound.",
	"hours_after_first_use": "It ends so many hours after its first use; left out: no such bound.",
	"id":                    "Its name; it says nothing and never changes.", "kind": "What is sold.",
	"link_id": "The permission that was charged.", "mime_type": "Media type of the content.",
	"mode": "charge: one purchase; link: a standing permission.", "name": "Its name.", "note": "Why it was decided so.",
	"offer_id": "The offer.", "origins": "The sites of the vendor.", "param": "The field.", "payee": "Who gets it.",
	"pending": "What is not cleared yet.", "period": "ISO 8601 duration: a day, a week or a month of the buyer's zone.",
	"quantity": "Pieces; 0 or left out: one.", "reason": "Why.", "refund_id": "The refund.",
	"request_id": "Quote it when you ask about this request.", "reserve": "What is kept for refunds.",
	"dispute_id": "The dispute that it came of.", "who": "The side.", "what": "What was done.",
	"first_use": "When it was first opened.", "offer": "What was offered.", "silence": "Who gains by no answer.",
	"rule": "Which rule said how it goes on.", "why": "The rule in words.", "case": "What was done, in order.",
	"due_by":   "Until then the side whose turn it is may act.",
	"at":       "When.",
	"resource": "What it opens.", "role": "As what.", "sample_url": "Free to look at; on a verified origin.",
	"searched_to": "There if a filter found too little: so far back was looked; next_cursor looks on, and may find none.",
	"secret":      "Verifies the events; shown when it is made, and then never again.", "splits": "Who gets what.",
	"stage": "How far the dispute has come.", "status": "Its state now.", "text": "What the buyer says.",
	"title": "One line for people; at most 120 characters.", "type": "What happened.", "url": "Its address.",
	"valid_from": "Since when it opens.", "valid_until": "When it ends by the clock; left out: never.",
	"verified": "Whether it counts.", "version": "Counted from 1; 0: an inline offer.",
	"views":      "How often it may be opened; 0: no bound.",
	"views_used": "How often it was opened.", "wallet": "What this vendor calls the buyer; others know another name.",
}

// things are descriptions of schemas.
var things = map[string]string{
	"Balance": "What a vendor has earned in one currency.", "Charge": "A sale as it stands.",
	"ChargeIn":    "A sale on a link: no browser, no question.",
	"ChargeOffer": "What was sold, in the version that was sold.",
	"Checkout":    "A request that a person answers in the terminal.", "CheckoutIn": "Asks a buyer to pay or to link.",
	"ConsumeIn": "A use of a grant.", "Dispute": "A buyer's contest of a sale.", "EndpointIn": "Asks for events.",
	"EndpointChange": "Changes an endpoint: what is left out stays.", "EndpointError": "An attempt that failed.",
	"Event": "Something that happened, and who was told.", "EventDelivery": "One event on its way to one endpoint.",
	"RedeliverIn": "Where to send an event again.", "RotateIn": "For how long old secrets sign beside the new one.",
	"ListEvent":      "A page of events.",
	"DisputeOfferIn": "Offers the buyer a part.", "DisputeAnswerIn": "What the vendor says.",
	"CaseStep":   "One step of a dispute: who, when, what.",
	"FieldError": "One field at fault.", "Grant": "The right that a sale gave.", "Hook": "An address that takes events.",
	"IncentiveIn":         "Gives tokens to a buyer, for this vendor alone.",
	"VendorIncentive":     "Tokens given to a buyer.",
	"ListVendorIncentive": "A page of incentives.",
	"Link":                "A buyer's standing permission.",
	"LinkLimits":          "Bounds of a link; one that is left out does not bound.",
	"ListCharge":          "A page of sales.", "ListDispute": "A page of disputes.", "ListHook": "All endpoints.",
	"ListLink": "A page of links.", "ListOffer": "A page of offers.", "ListRefund": "A page of refunds.",
	"Money": "An amount of money.", "Offer": "One version of what is sold.",
	"OfferChange": "A new version: what is left out stays.", "OfferIn": "What is to be sold.",
	"Origin": "A site of the vendor.", "PeriodLimit": "A bound per day, week or month.",
	"Problem":  "What went wrong, and what to do about it (RFC 9457).",
	"RedeemIn": "The code that the browser brought back.",
	"Redeemed": "What the code turns into: a sale with its grant, a link, or both.",
	"Refund":   "Money of a sale that went back.", "RefundIn": "Gives money of a sale back.",
	"RoyaltyIn": "One payee of an offer.", "Split": "One receiver of a sale.", "Vendor": "The vendor behind the key.",
	"Webhook": "An event.", "WebhookData": "Enough to look the event up, and nothing about a person.",
}

// tags are the chapters of the document, by the first word of a path.
var tags = map[string]string{
	"vendor": "The vendor behind the key.", "offers": "What is sold (claim 44).",
	"checkouts": "Asking a buyer by way of the browser.", "charges": "Sales.", "refunds": "Money that goes back.",
	"incentives": "Tokens that a vendor gives to its buyers.",
	"disputes":   "What buyers contest.", "grants": "The right to open what was bought.",
	"links": "Standing permissions of buyers.", "webhook endpoints": "Who is told of events.",
	"events": "What endpoints are sent (Standard Webhooks 1.0.0).",
}

// examples are requests, by operation.
var examples = map[string]any{
	"create-offer": map[string]any{
		"title": "How rivers freeze", "price": price, "kind": "content", "content_url": "https://news.example/rivers",
		"views": 5, "days": 30, "metadata": map[string]any{"shelf": "nature"},
	},
	"change-offer": map[string]any{"price": price, "views": 10},
	"give-incentive": map[string]any{
		"link_id": "lnk_4q7vt2w7hd1zq3k0m6x9c5b8na", "amount": price, "days": 30, "reason": "Thank you for a year.",
	},
	"create-checkout": map[string]any{
		"offer_id": "ofr_4q7vt2w7hd1zq3k0m6x9c5b8na", "success_url": "https://news.example/paid",
		"cancel_url": "https://news.example/rivers", "client_reference_id": "1001",
	},
	"redeem-checkout": map[string]any{"code": "c0de"},
	"create-charge": map[string]any{
		"link_id": "lnk_4q7vt2w7hd1zq3k0m6x9c5b8na", "offer_id": "ofr_4q7vt2w7hd1zq3k0m6x9c5b8na",
		"client_reference_id": "1002",
	},
	"create-refund": map[string]any{
		"charge_id": "chg_4q7vt2w7hd1zq3k0m6x9c5b8na", "amount": price, "reason": "goodwill",
	},
	"offer-dispute":  map[string]any{"amount": price, "text": "Half of it was there."},
	"answer-dispute": map[string]any{"text": "Opened on Monday at noon, from the page of the order."},
	"appeal-dispute": map[string]any{"text": "The log of the delivery was not seen."},
	"consume-grant":  map[string]any{"n": 1, "request_id": "view-77"},
	"create-webhook-endpoint": map[string]any{
		"url": "https://news.example/hooks", "event_types": []any{"charge.succeeded"},
	},
	"change-webhook-endpoint": map[string]any{"status": "live"},
	"rotate-webhook-secret":   map[string]any{"overlap_seconds": 3600},
	"redeliver-event":         map[string]any{"endpoint_id": "whe_4q7vt2w7hd1zq3k0m6x9c5b8na"},
}

// price is an amount in the examples.
var price = map[string]any{"amount": "0.25", "currency": "EUR"}
