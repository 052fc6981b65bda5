package view

import "tuppence/server/ledger"

// Authorization is money that waits for what a program was asked to pay for, and the proof of it.
type Authorization struct {
	ID          string        `json:"id"`
	TxnID       string        `json:"txn_id" doc:"Seals the terms."`
	Status      string        `json:"status" enum:"held,captured,voided,expired,partially_refunded,refunded"`
	Amount      ledger.Amount `json:"amount" doc:"What waits, or was taken at most."`
	Attestation string        `json:"attestation" doc:"To be shown to the vendor, and to nobody else."`
	Expires     Time          `json:"expires_at" doc:"Until when it may be shown."`
}

// Purse is what an agent may pay, and what is there for it.
type Purse struct {
	Agent
	Available ledger.Amount `json:"available"` // of the account that it pays from
}

// Verified is whether a payment is good, as a vendor is told.
type Verified struct {
	Valid  bool
	Reason string // "" if it is good
	Payer  string // what the vendor calls the buyer; "" if the payment is not the vendor's
}

// Settled is what became of a payment, as a vendor is told.
type Settled struct {
	Success       bool
	Reason        string // "" if it has become what was asked
	Payer         string
	Charge, TxnID string
	Status        string
	Taken         int64 // micros
}
