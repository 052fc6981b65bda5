package books

import (
	"time"

	"tuppence/server/ledger"
)

// policyRow has time spans in nanoseconds.
type policyRow struct {
	Currencies       []ledger.Currency `cbor:"1,keyasint,omitempty"`
	Commission       uint32            `cbor:"2,keyasint,omitempty"`
	Limits           limitsRow         `cbor:"3,keyasint,omitzero"`
	Window           time.Duration     `cbor:"4,keyasint,omitempty"`
	SettleAmount     int64             `cbor:"5,keyasint,omitempty"`
	SettleAfter      time.Duration     `cbor:"6,keyasint,omitempty"`
	DisputeAuto      int64             `cbor:"7,keyasint,omitempty"`
	DisputeWindow    time.Duration     `cbor:"8,keyasint,omitempty"`
	DisputesPerMonth uint32            `cbor:"9,keyasint,omitempty"`
	DisputeAnswer    time.Duration     `cbor:"10,keyasint,omitempty"`
	DepositMin       int64             `cbor:"11,keyasint,omitempty"`
	DepositMax       int64             `cbor:"12,keyasint,omitempty"`
	TransferMax      int64             `cbor:"13,keyasint,omitempty"`
	TransferLife     time.Duration     `cbor:"14,keyasint,omitempty"`
	RecoveryLock     time.Duration     `cbor:"15,keyasint,omitempty"`
	CheckoutLife     time.Duration     `cbor:"16,keyasint,omitempty"`
	Own              []ownAmountRow    `cbor:"17,keyasint,omitempty" since:"2"`
	Risk             *riskRow          `cbor:"18,keyasint,omitempty" since:"2"`
	FX               *fxRow            `cbor:"19,keyasint,omitempty" since:"2"`
	Billing          *billingRow       `cbor:"20,keyasint,omitempty" since:"2"`
	IncentiveMax     *int64            `cbor:"21,keyasint,omitempty" since:"2"` // always written: nothing is a bound
	Settle           *settleRow        `cbor:"22,keyasint,omitempty" since:"2"`
	Disputes         *disputeTermsRow  `cbor:"27,keyasint,omitempty" since:"2"`
	Payouts          *payoutRulesRow   `cbor:"30,keyasint,omitempty" since:"2"`
	Redeem           *redeemRow        `cbor:"33,keyasint,omitempty" since:"2"`
	Dormancy         *dormancyRow      `cbor:"36,keyasint,omitempty" since:"2"`
	Frozen           []closedMethodRow `cbor:"37,keyasint,omitempty" since:"2"`
	Provisional      *provisionalRow   `cbor:"41,keyasint,omitempty" since:"2"`
	SelfDealing      string            `cbor:"40,keyasint,omitempty" since:"2"` // empty: refused
	ReferralMax      *uint32           `cbor:"45,keyasint,omitempty" since:"2"` // always written: nothing is a bound
	Asked            []askRow          `cbor:"42,keyasint,omitempty" since:"2"`
}

// askRow is what one operator has asked for.
type askRow struct {
	Name  string         `cbor:"1,keyasint,omitempty" since:"2"`
	Value string         `cbor:"2,keyasint,omitempty" since:"2"`
	By    string         `cbor:"3,keyasint,omitempty" since:"2"`
	No    ledger.EntryNo `cbor:"4,keyasint,omitempty" since:"2"`
	At    instant        `cbor:"5,keyasint,omitempty" since:"2"`
}

func packAsk(a ledger.Ask) askRow {
	return askRow{Name: a.Name, Value: a.Value, By: a.By, No: a.No, At: pack(a.At)}
}

func (r askRow) unpack() ledger.Ask {
	return ledger.Ask{Name: r.Name, Value: r.Value, By: r.By, No: r.No, At: r.At.time()}
}

// dormancyRow is always written, because a notice of nothing is one; a policy without it has the defaults.
type dormancyRow struct {
	After  time.Duration `cbor:"1,keyasint,omitempty" since:"2"`
	Notice time.Duration `cbor:"2,keyasint,omitempty" since:"2"`
}

func (r *dormancyRow) unpack() ledger.Dormancy {
	if r == nil {
		return ledger.DefaultDormancy()
	}
	return ledger.Dormancy(*r)
}

// closedMethodRow is a way to add funds that is frozen.
type closedMethodRow struct {
	Name   string  `cbor:"1,keyasint,omitempty" since:"2"`
	Reason string  `cbor:"2,keyasint,omitempty" since:"2"`
	Since  instant `cbor:"3,keyasint,omitempty" since:"2"`
}

func packClosedMethod(c ledger.ClosedMethod) closedMethodRow {
	return closedMethodRow{Name: c.Name, Reason: c.Reason, Since: pack(c.Since)}
}

func (r closedMethodRow) unpack() ledger.ClosedMethod {
	return ledger.ClosedMethod{Name: r.Name, Reason: r.Reason, Since: r.Since.time()}
}

// billingRow is always written, because a line of nothing is a line; a policy without it has the defaults.
type billingRow struct {
	Line     int64          `cbor:"1,keyasint,omitempty" since:"2"`
	Due      time.Duration  `cbor:"2,keyasint,omitempty" since:"2"`
	WriteOff time.Duration  `cbor:"3,keyasint,omitempty" since:"2"`
	Reminder *time.Duration `cbor:"4,keyasint,omitempty" since:"2"` // always written: older books have the default
}

func packBilling(b ledger.Billing) *billingRow {
	return &billingRow{Line: b.Line, Due: b.Due, WriteOff: b.WriteOff, Reminder: &b.Reminder}
}

func (r *billingRow) unpack() ledger.Billing {
	b := ledger.DefaultBilling()
	if r == nil {
		return b
	}
	b.Line, b.Due, b.WriteOff = r.Line, r.Due, r.WriteOff
	if r.Reminder != nil {
		b.Reminder = *r.Reminder
	}
	return b
}

// fxRow is always written, because a spread of nothing is a spread; a policy without it has the defaults.
type fxRow struct {
	Spread uint32        `cbor:"1,keyasint,omitempty" since:"2"`
	Stale  time.Duration `cbor:"2,keyasint,omitempty" since:"2"`
}

func (r *fxRow) unpack() ledger.FX {
	if r == nil {
		return ledger.DefaultFX()
	}
	return ledger.FX(*r)
}

// ratesRow is written when rates are loaded: in its own row, and in the entry that loaded them.
type ratesRow struct {
	No   ledger.EntryNo `cbor:"1,keyasint,omitempty" since:"2"`
	Day  instant        `cbor:"2,keyasint,omitempty" since:"2"`
	List []rateRow      `cbor:"3,keyasint,omitempty" since:"2"`
}

// rateRow is a rate in a record: a tuple, so it never gains a field.
type rateRow struct {
	_        struct{} `cbor:",toarray"`
	Currency ledger.Currency
	PerEuro  string
}

func packRates(r ledger.Rates) ratesRow {
	return ratesRow{No: r.No, Day: pack(r.Day), List: each(r.List, func(v ledger.Rate) rateRow {
		return rateRow{Currency: v.Currency, PerEuro: v.PerEuro}
	})}
}

func (r ratesRow) unpack() ledger.Rates {
	return ledger.Rates{No: r.No, Day: r.Day.time(), List: each(r.List, func(v rateRow) ledger.Rate {
		return ledger.Rate{Currency: v.Currency, PerEuro: v.PerEuro}
	})}
}

var rates = codec[ledger.Rates, ratesRow]{pack: packRates, unpack: ratesRow.unpack}

// ownAmountRow is the value of a setting in one currency.
type ownAmountRow struct {
	Setting  string          `cbor:"1,keyasint,omitempty"`
	Currency ledger.Currency `cbor:"2,keyasint,omitempty"`
	Micros   int64           `cbor:"3,keyasint,omitempty"`
}

// riskRow is always written, because a bound of nothing is a bound; a policy without it has the defaults.
type riskRow struct {
	Online       time.Duration `cbor:"1,keyasint,omitempty" since:"2"`
	Paper        time.Duration `cbor:"2,keyasint,omitempty" since:"2"`
	NewFor       time.Duration `cbor:"3,keyasint,omitempty" since:"2"`
	TransferNew  int64         `cbor:"4,keyasint,omitempty" since:"2"`
	OpenNew      uint32        `cbor:"5,keyasint,omitempty" since:"2"`
	DisputeShare uint32        `cbor:"6,keyasint,omitempty" since:"2"`
	DisputeRatio uint32        `cbor:"7,keyasint,omitempty" since:"2"`
	TwoPersons   int64         `cbor:"8,keyasint,omitempty" since:"2"`
	ClearAfter   time.Duration `cbor:"9,keyasint,omitempty" since:"2"`
	StaffDay     int64         `cbor:"10,keyasint,omitempty" since:"2"`
}

func packRisk(r ledger.Risk) *riskRow {
	return &riskRow{
		Online: r.Online, Paper: r.Paper, NewFor: r.NewFor, TransferNew: r.TransferNew, OpenNew: r.OpenNew,
		DisputeShare: r.DisputeShare, DisputeRatio: r.DisputeRatio, TwoPersons: r.TwoPersons, ClearAfter: r.ClearAfter,
		StaffDay: r.StaffDay,
	}
}

func (r *riskRow) unpack() ledger.Risk {
	if r == nil {
		return ledger.DefaultRisk()
	}
	return ledger.Risk{
		Online: r.Online, Paper: r.Paper, NewFor: r.NewFor, TransferNew: r.TransferNew, OpenNew: r.OpenNew,
		DisputeShare: r.DisputeShare, DisputeRatio: r.DisputeRatio, TwoPersons: r.TwoPersons, ClearAfter: r.ClearAfter,
		StaffDay: r.StaffDay,
	}
}

var policies = codec[ledger.Policy, policyRow]{
	pack: func(p ledger.Policy) policyRow {
		most, share := p.IncentiveMax, p.ReferralMax
		return policyRow{
			Currencies: p.Currencies, Commission: p.Commission, Limits: packLimits(p.Limits), Window: p.Window,
			SettleAmount: p.SettleAmount, SettleAfter: p.SettleAfter, DisputeAuto: p.DisputeAuto,
			DisputeWindow: p.DisputeWindow, DisputesPerMonth: p.DisputesPerMonth, DisputeAnswer: p.DisputeAnswer,
			DepositMin: p.DepositMin, DepositMax: p.DepositMax, TransferMax: p.TransferMax, TransferLife: p.TransferLife,
			RecoveryLock: p.RecoveryLock, CheckoutLife: p.CheckoutLife,
			Own:          each(p.Own, func(o ledger.OwnAmount) ownAmountRow { return ownAmountRow(o) }),
			IncentiveMax: &most, ReferralMax: &share,
			Billing:  packBilling(p.Billing),
			Disputes: &disputeTermsRow{Appeal: p.Disputes.Appeal},
			Redeem:   packRedeem(p.Redeem),
			Dormancy: &dormancyRow{After: p.Dormancy.After, Notice: p.Dormancy.Notice},
			Frozen:   each(p.Frozen, packClosedMethod),
			Risk:     packRisk(p.Risk), FX: &fxRow{Spread: p.FX.Spread, Stale: p.FX.Stale}, Settle: packSettle(p.Settle),
			Payouts:     &payoutRulesRow{Wait: p.Payouts.Wait, Two: p.Payouts.Two},
			SelfDealing: string(p.SelfDealing), Asked: each(p.Asked, packAsk),
			Provisional: &provisionalRow{Most: p.Provisional.Most, After: p.Provisional.After},
		}
	},
	unpack: func(r policyRow) ledger.Policy {
		most := ledger.DefaultIncentiveMax
		if r.IncentiveMax != nil {
			most = *r.IncentiveMax
		}
		share := uint32(ledger.DefaultReferralMax)
		if r.ReferralMax != nil {
			share = *r.ReferralMax
		}
		return ledger.Policy{
			Currencies: r.Currencies, Commission: r.Commission, Limits: r.Limits.unpack(), Window: r.Window,
			SettleAmount: r.SettleAmount, SettleAfter: r.SettleAfter, DisputeAuto: r.DisputeAuto,
			DisputeWindow: r.DisputeWindow, DisputesPerMonth: r.DisputesPerMonth, DisputeAnswer: r.DisputeAnswer,
			DepositMin: r.DepositMin, DepositMax: r.DepositMax, TransferMax: r.TransferMax, TransferLife: r.TransferLife,
			RecoveryLock: r.RecoveryLock, CheckoutLife: r.CheckoutLife,
			Own:  each(r.Own, func(o ownAmountRow) ledger.OwnAmount { return ledger.OwnAmount(o) }),
			Risk: r.Risk.unpack(), FX: r.FX.unpack(), Billing: r.Billing.unpack(), IncentiveMax: most,
			ReferralMax: share,
			Payouts:     r.Payouts.unpack(),
			Redeem:      r.Redeem.unpack(),
			Disputes:    r.Disputes.unpack(), Settle: r.Settle.unpack(), Dormancy: r.Dormancy.unpack(),
			Frozen:      each(r.Frozen, closedMethodRow.unpack),
			SelfDealing: ledger.SelfDealing(r.SelfDealing), Provisional: r.Provisional.unpack(),
			Asked: each(r.Asked, askRow.unpack),
		}
	},
}

// idempotencyRow is small and written once per request; a sweep deletes it after the retention.
type idempotencyRow struct {
	Fingerprint [32]byte `cbor:"1,keyasint,omitzero"`
	Kind        string   `cbor:"2,keyasint,omitempty"`
	Ref         []byte   `cbor:"3,keyasint,omitempty"`
	At          instant  `cbor:"4,keyasint,omitempty"`
}

var idempotencyRecords = codec[IdempotencyRecord, idempotencyRow]{
	writtenOnce: true,
	pack: func(m IdempotencyRecord) idempotencyRow {
		return idempotencyRow{Fingerprint: m.Fingerprint, Kind: m.Kind, Ref: m.Ref, At: pack(m.At)}
	},
	unpack: func(r idempotencyRow) IdempotencyRecord {
		return IdempotencyRecord{Fingerprint: r.Fingerprint, Kind: r.Kind, Ref: r.Ref, At: r.At.time()}
	},
}

// deliveryRow is written after each attempt, until it is done or given up.
type deliveryRow struct {
	Event    ledger.EntryNo  `cbor:"1,keyasint,omitempty"`
	Seq      uint16          `cbor:"2,keyasint,omitempty"`
	Endpoint uint64          `cbor:"3,keyasint,omitempty"`
	Vendor   ledger.VendorID `cbor:"4,keyasint,omitempty"`
	Type     string          `cbor:"5,keyasint,omitempty"`
	Created  instant         `cbor:"6,keyasint,omitempty"`
	Attempt  uint32          `cbor:"7,keyasint,omitempty"`
	Due      instant         `cbor:"8,keyasint,omitempty"`
	Done     instant         `cbor:"9,keyasint,omitempty"`
	Failed   bool            `cbor:"10,keyasint,omitempty"`
	Status   uint32          `cbor:"11,keyasint,omitempty"`
	Error    string          `cbor:"12,keyasint,omitempty"`
	Sequence uint64          `cbor:"13,keyasint,omitempty" since:"2"`
	Buyer    ledger.UserID   `cbor:"14,keyasint,omitempty" since:"2"`
	Held     bool            `cbor:"15,keyasint,omitempty" since:"2"`
	Again    bool            `cbor:"16,keyasint,omitempty" since:"2"`
}

var deliveries = codec[Delivery, deliveryRow]{
	pack: func(d Delivery) deliveryRow {
		return deliveryRow{
			Event: d.Event, Seq: d.Seq, Endpoint: d.Endpoint, Vendor: d.Vendor, Type: d.Type, Created: pack(d.Created),
			Attempt: d.Attempt, Due: pack(d.Due), Done: pack(d.Done), Failed: d.Failed, Status: d.Status, Error: d.Error,
			Sequence: d.Sequence, Buyer: d.Buyer, Held: d.Held, Again: d.Again,
		}
	},
	unpack: func(r deliveryRow) Delivery {
		return Delivery{
			Event: r.Event, Seq: r.Seq, Endpoint: r.Endpoint, Vendor: r.Vendor, Type: r.Type, Created: r.Created.time(),
			Attempt: r.Attempt, Due: r.Due.time(), Done: r.Done.time(), Failed: r.Failed, Status: r.Status, Error: r.Error,
			Sequence: r.Sequence, Buyer: r.Buyer, Held: r.Held, Again: r.Again,
		}
	},
}

// healthRow is written after each attempt at an endpoint.
type healthRow struct {
	Vendor   ledger.VendorID `cbor:"1,keyasint,omitempty"`
	Endpoint uint64          `cbor:"2,keyasint,omitempty"`
	Sequence uint64          `cbor:"3,keyasint,omitempty"`
	Success  instant         `cbor:"4,keyasint,omitempty"`
	Failing  instant         `cbor:"5,keyasint,omitempty"`
	Event    ledger.EntryNo  `cbor:"6,keyasint,omitempty"`
	Others   bool            `cbor:"7,keyasint,omitempty"`
	Failed   instant         `cbor:"8,keyasint,omitempty"`
	Status   uint32          `cbor:"9,keyasint,omitempty"`
	Error    string          `cbor:"10,keyasint,omitempty"`
	Next     instant         `cbor:"11,keyasint,omitempty"`
}

var healths = codec[Health, healthRow]{
	pack: func(h Health) healthRow {
		return healthRow{
			Vendor: h.Vendor, Endpoint: h.Endpoint, Sequence: h.Sequence, Success: pack(h.Success), Failing: pack(h.Failing),
			Event: h.Event, Others: h.Others, Failed: pack(h.Failed), Status: h.Status, Error: h.Error, Next: pack(h.Next),
		}
	},
	unpack: func(r healthRow) Health {
		return Health{
			Vendor: r.Vendor, Endpoint: r.Endpoint, Sequence: r.Sequence, Success: r.Success.time(),
			Failing: r.Failing.time(), Event: r.Event, Others: r.Others, Failed: r.Failed.time(), Status: r.Status,
			Error: r.Error, Next: r.Next.time(),
		}
	},
}

var payees = identity[ledger.PayeeID]()

// head is the newest entry.
type head struct {
	No   ledger.EntryNo `cbor:"1,keyasint,omitempty"`
	Hash [32]byte       `cbor:"2,keyasint,omitzero"`
	// Closed is up to when months are closed: no entry is dated before that.
	Closed instant `cbor:"3,keyasint,omitempty" since:"2"`
}

var heads = identity[head]()
