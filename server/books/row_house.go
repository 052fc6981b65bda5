package books

import (
	"slices"
	"time"

	"tuppence/server/ledger"
)

// policyRow has time spans in nanoseconds.
type policyRow struct {
	_                      struct{} `cbor:",toarray"`
	Currencies             []ledger.Currency
	Commission             uint32
	Limits                 limitsRow
	Window                 time.Duration
	SettleAmount           int64
	SettleAfter            time.Duration
	DisputeAuto            int64
	DisputeWindow          time.Duration
	DisputesPerMonth       uint32
	DisputeAnswer          time.Duration
	DepositMin, DepositMax int64
	TransferMax            int64
	TransferLife           time.Duration
	RecoveryLock           time.Duration
	CheckoutLife           time.Duration
}

var policies = form[ledger.Policy, policyRow]{
	func(p ledger.Policy) policyRow {
		return policyRow{
			Currencies: slices.Clone(p.Currencies), Commission: p.Commission, Limits: packLimits(p.Limits), Window: p.Window, SettleAmount: p.SettleAmount,
			SettleAfter: p.SettleAfter, DisputeAuto: p.DisputeAuto, DisputeWindow: p.DisputeWindow, DisputesPerMonth: p.DisputesPerMonth,
			DisputeAnswer: p.DisputeAnswer, DepositMin: p.DepositMin, DepositMax: p.DepositMax, TransferMax: p.TransferMax,
			TransferLife: p.TransferLife, RecoveryLock: p.RecoveryLock, CheckoutLife: p.CheckoutLife,
		}
	},
	func(r policyRow) ledger.Policy {
		return ledger.Policy{
			Currencies: slices.Clone(r.Currencies), Commission: r.Commission, Limits: r.Limits.unpack(), Window: r.Window, SettleAmount: r.SettleAmount,
			SettleAfter: r.SettleAfter, DisputeAuto: r.DisputeAuto, DisputeWindow: r.DisputeWindow, DisputesPerMonth: r.DisputesPerMonth,
			DisputeAnswer: r.DisputeAnswer, DepositMin: r.DepositMin, DepositMax: r.DepositMax, TransferMax: r.TransferMax,
			TransferLife: r.TransferLife, RecoveryLock: r.RecoveryLock, CheckoutLife: r.CheckoutLife,
		}
	},
}

type rememberedRow struct {
	_           struct{} `cbor:",toarray"`
	Fingerprint [32]byte
	Kind        string
	Ref         []byte
	At          instant
}

var remembereds = form[Remembered, rememberedRow]{
	func(m Remembered) rememberedRow {
		return rememberedRow{Fingerprint: m.Fingerprint, Kind: m.Kind, Ref: m.Ref, At: pack(m.At)}
	},
	func(r rememberedRow) Remembered {
		return Remembered{Fingerprint: r.Fingerprint, Kind: r.Kind, Ref: r.Ref, At: r.At.time()}
	},
}

// span is the first and the last month in which something was remembered.
type span struct {
	_           struct{} `cbor:",toarray"`
	First, Last uint32
}

var spans = itself[span]()

type deliveryRow struct {
	_        struct{} `cbor:",toarray"`
	Event    ledger.EntryNo
	Seq      uint16
	Endpoint uint64
	Vendor   ledger.VendorID
	Type     string
	Created  instant
	Attempt  uint32
	Due      instant
	Done     instant
	Failed   bool
	Status   uint32
	Error    string
}

var deliveries = form[Delivery, deliveryRow]{
	func(d Delivery) deliveryRow {
		return deliveryRow{
			Event: d.Event, Seq: d.Seq, Endpoint: d.Endpoint, Vendor: d.Vendor, Type: d.Type, Created: pack(d.Created), Attempt: d.Attempt,
			Due: pack(d.Due), Done: pack(d.Done), Failed: d.Failed, Status: d.Status, Error: d.Error,
		}
	},
	func(r deliveryRow) Delivery {
		return Delivery{
			Event: r.Event, Seq: r.Seq, Endpoint: r.Endpoint, Vendor: r.Vendor, Type: r.Type, Created: r.Created.time(), Attempt: r.Attempt,
			Due: r.Due.time(), Done: r.Done.time(), Failed: r.Failed, Status: r.Status, Error: r.Error,
		}
	},
}

var payees = itself[ledger.PayeeID]()

// head is the newest entry.
type head struct {
	_    struct{} `cbor:",toarray"`
	No   ledger.EntryNo
	Hash [32]byte
}

var heads = itself[head]()
