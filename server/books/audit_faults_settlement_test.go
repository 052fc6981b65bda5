package books

import (
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// settlementFaults are those of statements, of what is on its way, and of runs.
func settlementFaults() []fault {
	type world = busyWorld
	row := func(l *world) []byte { return key(tSettlement, l.settled) }
	paid := func(l *world) []byte { return bankItemKey(l.paid.Source, l.paid.ID) }
	job := func(l *world) []byte { return key(tPayoutJob, l.hooked) }
	other := func(l *world) []byte { return key(tPayoutJob, l.paid.Settlement) }
	vendor := func(l *world) []byte { return key(tVendor, l.vendor) }
	payTo := func(l *world) []byte { return vaultKey(l.payTo) }
	run := fixed(key(tRun, uint64(1)))
	opened := func(change func(*ledger.Settlement)) func(*busyWorld, store.Tx) error {
		return func(l *world, tx store.Tx) error {
			// The row follows, so that nothing but the statement itself is wrong.
			if err := edit(tx, row(l), settlements, change); err != nil {
				return err
			}
			return forge(tx, l.settled, func(s *stored) { change(s.Entry.Settlement) })
		}
	}
	return []fault{
		{"settlement's state", rowsEqual, "says otherwise", inRow(row, settlements, func(_ *world, s *ledger.Settlement) {
			s.State = ledger.SettlementPaid
		})},
		{"settlement missing", rowsEqual, "has no row", without(row)},
		{"settlement told twice", i16, "which it does not continue", func(l *world, tx store.Tx) error {
			s := mustSettlement(tx, l.settled)
			return appended(Write(tx), ledger.Entry{At: l.now, Kind: ledger.KindSettlement, Settlement: &s})
		}},
		{"statement with a hole", i16, "the one before ends with", opened(func(s *ledger.Settlement) { s.From++ })},
		{"statement that opens with more", i16, "opens with", opened(func(s *ledger.Settlement) { s.Opening++ })},
		{"statement that leaves a sale out", i16, "states", opened(func(s *ledger.Settlement) { s.Sum.Sold-- })},
		{"statement that carries more", i16, "carries", opened(func(s *ledger.Settlement) { s.Closing++ })},
		{"statement with a wrong sum", i7, "its statements say", opened(func(s *ledger.Settlement) { s.Closing++ })},
		{"reserve that was not kept", i16, "keeps", opened(func(s *ledger.Settlement) { s.Kept[0].Micros-- })},
		{"reserve of nothing", i16, "stands at", opened(func(s *ledger.Settlement) { s.Kept, s.Withheld = nil, 0 })},
		{"statement that was not sealed", i16, "not the one that was sealed", opened(func(s *ledger.Settlement) {
			s.Digest[0]++
		})},
		{"payout that is smaller than what is on its way", i6, "what waits there is", opened(func(s *ledger.Settlement) {
			s.Amount.Micros--
		})},
		{"run's totals", rowsEqual, "the journal says", inRow(run, runs, func(_ *world, n *ledger.SettleRun) {
			n.Payouts[0].Micros++
		})},
		{"payout under another id", rowsEqual, "pays settlement", inRow(paid, bankItems, func(_ *world, i *BankItem) {
			i.Amount.Micros++
		})},
		{"payout that nobody asks about", rowsEqual, "nobody asks what became of it", inRow(job, payoutJobs,
			func(_ *world, j *PayoutJob) { j.Due = time.Time{} })},
		{"payout that nobody sends", rowsEqual, "nobody sends it", without(job)},
		{
			"payout that is none", rowsEqual, "has a settlement 1 that is not there",
			with(fixed(key(tPayoutJob, uint64(1))), func(*world) []byte { return payoutJobs.encode(PayoutJob{No: 1}) }),
		},
		{
			"payout that is sent, and leaves in another way", rowsEqual, "leaves in another way",
			with(other, func(l *world) []byte { return payoutJobs.encode(PayoutJob{No: l.paid.Settlement, Accepted: true}) }),
		},
		{"payout that is sent, and has ended", rowsEqual, "the gateway is told to pay", func(l *world, tx store.Tx) error {
			f := ledger.PayoutFacts{Settlement: mustSettlement(tx, l.hooked)}
			var err error
			if f.No, err = Write(tx).Next(); err != nil {
				return err
			}
			out, err := ledger.DecidePayout(ledger.PayoutStep{Event: ledger.PayoutPaid, Actor: operator}, f, l.now)
			return first(err, appended(Write(tx), out.Entry), Write(tx).PutSettlement(out.Settlement))
		}},
		{"account that payouts go to", rowsEqual, "an account of vendor", inRow(vendor, vendors,
			func(_ *world, v *ledger.Vendor) { v.Accounts[0].Last4 = "1" })},
		{"account that no payout goes to", rowsEqual, "has no sepa account", inRow(vendor, vendors,
			func(_ *world, v *ledger.Vendor) { v.Accounts = nil })},
		{"account that payouts go to and that is gone", rowsEqual, "which was forgotten", inRow(payTo, vaultRecords,
			func(l *world, v *ledger.VaultRecord) { v.Forgotten = l.now })},
		{"run missing", rowsEqual, "has no row", without(run)},
	}
}

func mustSettlement(tx store.Tx, no ledger.EntryNo) ledger.Settlement {
	s, found, err := Read(tx).Settlement(no)
	if err != nil || !found {
		panic("no such settlement")
	}
	return s
}
