package books

import (
	"time"

	"tuppence/server/ledger"
)

// disputeRow has what is left at receivers and sources, so that a verdict needs no look at the sale's history, and what
// was said so far, so that a case is read without a walk.
type disputeRow struct {
	No        ledger.EntryNo      `cbor:"1,keyasint,omitempty"`
	Purchase  ledger.EntryNo      `cbor:"2,keyasint,omitempty"`
	User      ledger.UserID       `cbor:"3,keyasint,omitempty"`
	Vendor    ledger.VendorID     `cbor:"4,keyasint,omitempty"`
	Amount    money               `cbor:"5,keyasint,omitzero"`
	Reason    string              `cbor:"6,keyasint,omitempty"`
	Text      string              `cbor:"7,keyasint,omitempty"`
	State     ledger.DisputeState `cbor:"8,keyasint,omitempty"`
	Opened    instant             `cbor:"9,keyasint,omitempty"`
	DueBy     instant             `cbor:"10,keyasint,omitempty"`
	Decided   instant             `cbor:"11,keyasint,omitempty"`
	Note      string              `cbor:"12,keyasint,omitempty"`
	Receivers []leg               `cbor:"13,keyasint,omitempty"`
	Sources   []leg               `cbor:"14,keyasint,omitempty"`
	Rule      string              `cbor:"15,keyasint,omitempty" since:"2"`
	Why       string              `cbor:"16,keyasint,omitempty" since:"2"`
	Refer     bool                `cbor:"17,keyasint,omitempty" since:"2"`
	Used      uint32              `cbor:"18,keyasint,omitempty" since:"2"`
	First     instant             `cbor:"19,keyasint,omitempty" since:"2"`
	Offer     int64               `cbor:"20,keyasint,omitempty" since:"2"`
	Decider   string              `cbor:"21,keyasint,omitempty" since:"2"`
	Steps     []disputeStepRow    `cbor:"22,keyasint,omitempty" since:"2"`
	Ended     ledger.EntryNo      `cbor:"23,keyasint,omitempty" since:"2"`

	Provisional int64 `cbor:"24,keyasint,omitempty" since:"2"`
	Reclaimed   int64 `cbor:"25,keyasint,omitempty" since:"2"`
}

// disputeStepRow is what somebody has done in a dispute.
type disputeStepRow struct {
	At     instant     `cbor:"1,keyasint,omitempty" since:"2"`
	Role   ledger.Role `cbor:"2,keyasint,omitempty" since:"2"`
	Event  string      `cbor:"3,keyasint,omitempty" since:"2"`
	Micros int64       `cbor:"4,keyasint,omitempty" since:"2"`
	Text   string      `cbor:"5,keyasint,omitempty" since:"2"`
}

var disputes = codec[ledger.Dispute, disputeRow]{pack: packDispute, unpack: disputeRow.unpack}

func packDispute(d ledger.Dispute) disputeRow {
	return disputeRow{
		No: d.No, Purchase: d.Purchase, User: d.User, Vendor: d.Vendor, Amount: packMoney(d.Amount), Reason: d.Reason,
		Text: d.Text, State: d.State, Opened: pack(d.Opened), DueBy: pack(d.DueBy), Decided: pack(d.Decided),
		Note: d.Note, Receivers: each(d.Receivers, packLeg), Sources: each(d.Sources, packLeg),
		Rule: d.Rule, Why: d.Why, Refer: d.Refer, Used: d.Used, First: pack(d.First), Offer: d.Offer, Decider: d.Decider,
		Ended: d.Ended, Provisional: d.Provisional, Reclaimed: d.Reclaimed,
		Steps: each(d.Steps, func(s ledger.DisputeStep) disputeStepRow {
			return disputeStepRow{At: pack(s.At), Role: s.Role, Event: s.Event, Micros: s.Micros, Text: s.Text}
		}),
	}
}

func (r disputeRow) unpack() ledger.Dispute {
	return ledger.Dispute{
		No: r.No, Purchase: r.Purchase, User: r.User, Vendor: r.Vendor, Amount: r.Amount.unpack(), Reason: r.Reason,
		Text: r.Text, State: r.State, Opened: r.Opened.time(), DueBy: r.DueBy.time(), Decided: r.Decided.time(),
		Note: r.Note, Receivers: each(r.Receivers, leg.unpack), Sources: each(r.Sources, leg.unpack),
		Rule: r.Rule, Why: r.Why, Refer: r.Refer, Used: r.Used, First: r.First.time(), Offer: r.Offer, Decider: r.Decider,
		Ended: r.Ended, Provisional: r.Provisional, Reclaimed: r.Reclaimed,
		Steps: each(r.Steps, func(s disputeStepRow) ledger.DisputeStep {
			return ledger.DisputeStep{At: s.At.time(), Role: s.Role, Event: s.Event, Micros: s.Micros, Text: s.Text}
		}),
	}
}

// provisionalRow is always written; a policy without it has the defaults.
type provisionalRow struct {
	Most  int64         `cbor:"1,keyasint,omitempty" since:"2"`
	After time.Duration `cbor:"2,keyasint,omitempty" since:"2"`
}

func (r *provisionalRow) unpack() ledger.Provisional {
	if r == nil {
		return ledger.DefaultProvisional()
	}
	return ledger.Provisional(*r)
}

// disputeTermsRow is always written; a policy without it has the defaults.
type disputeTermsRow struct {
	Appeal time.Duration `cbor:"1,keyasint,omitempty" since:"2"`
}

func (r *disputeTermsRow) unpack() ledger.DisputeTerms {
	if r == nil {
		return ledger.DefaultDisputeTerms()
	}
	return ledger.DisputeTerms(*r)
}
