package books

import (
	"slices"

	"tuppence/server/ledger"
	"tuppence/store"
)

// journalFaults are those of the chain, and of postings.
func journalFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	at := func(no func(*world) ledger.EntryNo) func(*world) []byte {
		return func(l *world) []byte { return key(tEntry, no(l)) }
	}
	newest := func(l *world) ledger.EntryNo { return l.head }
	chained := func(no func(*world) ledger.EntryNo, change func(*stored)) func(*world, store.Tx) error {
		return func(l *world, tx store.Tx) error { return forge(tx, no(l), change) }
	}
	return []fault{
		{"posting out of balance", i1, "", inEntry(plainSale, func(_ *world, e *entry) { e.Postings[0].Micros++ })},
		{"more spent than there was", i4, "stands at", inEntry(partlySale, func(_ *world, e *entry) {
			e.Postings[0].Micros += ledger.MaxMicros
			e.Postings[1].Micros -= ledger.MaxMicros
		})},
		{"hold that no entry placed", i4, "moves hold", inEntry(capture, func(_ *world, e *entry) {
			e.Postings[0].Account.Owner = 3
		})},
		{"debt without a cause", i11, "without a purchase", inEntry(sentMoney, func(_ *world, e *entry) {
			e.Postings[0].Account.Class = ledger.Receivable
		})},
		{"bit in the journal", i12, "does not follow", func(l *world, tx store.Tx) error {
			return flip(tx, key(tEntry, l.plain), -50)
		}},
		{"bit in a hash", i12, "does not follow", func(l *world, tx store.Tx) error {
			return flip(tx, key(tEntry, l.plain), -1)
		}},
		{"entry under the number of another", i12, "holds entry", func(l *world, tx store.Tx) error {
			return tx.Set(key(tEntry, l.plain), slices.Clone(mustGet(Read(tx), key(tEntry, l.partly))))
		}},
		{"entry removed", i12, "comes entry", without(at(plainSale))},
		{"last entry removed", i12, "the head names entry", without(at(newest))},
		{"entry too short", i12, "cut off", with(at(plainSale), fixed([]byte{1}))},
		{"entry under no key", i12, "no place in the journal", with(fixed([]byte("jx")), fixed([]byte{1}))},
		{"head moved back", i12, "the head names", inRow(fixed(headKey), heads, func(_ *world, h *head) { h.No-- })},
		{"head with another hash", i12, "another hash", inRow(fixed(headKey), heads, func(_ *world, h *head) {
			h.Hash[3]++
		})},
		{"head damaged", i12, "damaged", with(fixed(headKey), fixed([]byte{1, 0xff}))},
		{"head removed", i12, "the head names entry 0", without(fixed(headKey))},
		{"chain of a wallet", i12, "the history of user", chained(plainSale, func(s *stored) { s.PrevUser-- })},
		{"chain of a counterparty", i12, "the history of user", chained(claim, func(s *stored) { s.PrevUser2 = 1 })},
		{"chain of a till", i12, "the history of vendor", chained(partlySale, func(s *stored) { s.PrevVendor = 0 })},
		{"money of another user", i12, "not in the history of its owner", inEntry(plainSale, func(l *world, e *entry) {
			e.Postings[0].Account.Owner = uint64(l.bob)
		})},
		{"money of another vendor", i12, "not in the history of its owner", inEntry(plainSale, func(_ *world, e *entry) {
			e.Postings[1].Account.Owner = 99
		})},
		{"money in another currency", i12, "not in the history of its owner", inEntry(plainSale, func(_ *world, e *entry) {
			for i := range e.Postings {
				e.Postings[i].Account.Currency = "USD"
			}
		})},
		{"user joins twice", rowsEqual, "is there already", inEntry(plainSale, func(_ *world, e *entry) {
			e.Kind = ledger.KindJoined
		})},
	}
}

// saleFaults are those of what a sale, a dispute or a transfer says about itself.
func saleFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	revoke := func(l *world) ledger.EntryNo { return l.after(ledger.KindRevoked, l.revoked) }
	return []fault{
		{"end of a grant that was given back", i9, "or none any more", inEntry(revoke, func(l *world, e *entry) {
			e.Cause = l.wholly
		})},
		{"end of a grant that was held", i9, "which gave none", inEntry(revoke, func(l *world, e *entry) {
			e.Cause = l.held
		})},
		{"end of a grant that does not say so", i9, "which gave none", inEntry(revoke, func(_ *world, e *entry) {
			e.Change.New = "active"
		})},
		{"end of a foreign grant", i6, "of other people", inEntry(revoke, func(l *world, e *entry) {
			e.Vendor = l.vendor + 1
		})},
		{"use of a grant that was ended", i9, "which was revoked", func(l *world, tx store.Tx) error {
			return appended(Write(tx), ledger.Entry{
				At: l.now, Kind: ledger.KindConsumed, User: l.ann, Vendor: l.vendor, Cause: l.revoked,
			})
		}},
		{"commission other than pinned", i5, "are pinned", inEntry(plainSale, func(_ *world, e *entry) {
			e.Sale.Commission++
		})},
		{"royalty kept by the vendor", i5, "got nothing", inEntry(plainSale, func(_ *world, e *entry) {
			e.Postings[1].Micros += e.Postings[2].Micros
			e.Postings = slices.Delete(e.Postings, 2, 3)
		})},
		{"price other than paid", i5, "for its price", inEntry(plainSale, func(_ *world, e *entry) {
			e.Sale.Price.Micros--
		})},
		{"sale of nothing", i5, "does not say what", inEntry(plainSale, func(_ *world, e *entry) { e.Sale = nil })},
		{"less paid than the price", i5, "sources", inEntry(plainSale, func(_ *world, e *entry) {
			e.Postings[0].Micros -= 10
			e.Postings[1].Micros += 10
		})},
		{"captured without receivers", i5, "receivers got", inEntry(capture, func(_ *world, e *entry) { e.Amount.Micros-- })},
		{"refund above the price", i6, "returned", inEntry(refund, func(_ *world, e *entry) { e.Amount.Micros *= 9 })},
		{"refund of no sale", i6, "which is not there", inEntry(refund, func(_ *world, e *entry) { e.Cause = 1 })},
		{"refund of the future", i6, "which is not there", inEntry(refund, func(l *world, e *entry) { e.Cause = l.head })},
		{"refund to another user", i6, "of other people", inEntry(refund, func(l *world, e *entry) { e.User = l.bob })},
		{"hold ended twice", i6, "which does not stand", inEntry(capture, func(l *world, e *entry) { e.Cause = l.voided })},
		{"dispute over another amount", i6, "about a dispute", inEntry(openDispute, func(_ *world, e *entry) {
			e.Dispute.Amount.Micros--
		})},
		{"dispute that lends too much", i6, "has lent", inEntry(openDispute, func(_ *world, e *entry) {
			e.Dispute.Provisional = e.Dispute.Amount.Micros + 1
		})},
		{"dispute under another number", i6, "does not continue", inEntry(openDispute, func(_ *world, e *entry) {
			e.Dispute.No--
		})},
		{"dispute that leaves out a step", i6, "takes dispute", inEntry(verdictOfWon, func(_ *world, e *entry) {
			e.Dispute.Steps = e.Dispute.Steps[1:]
		})},
		{"dispute decided that was over", i6, "takes dispute", inEntry(verdictOfWon, func(_ *world, e *entry) {
			e.Dispute.State = ledger.DisputeAutoResolved
		})},
		{"verdict that gives too little", i6, "gives the buyer of dispute", inEntry(takenOffer, func(_ *world, e *entry) {
			e.Dispute.Offer++
		})},
		{"receipt under another number", rowsEqual, "does not continue", inEntry(unmatched, func(_ *world, e *entry) {
			e.Receipt.No--
		})},
		{"money that waits for nothing", i6, "nothing waits there", inEntry(sentMoney, func(_ *world, e *entry) {
			e.Kind = ledger.KindStaff
		})},
		{"check that waits for too much", i6, "what waits there is", func(l *world, tx store.Tx) error {
			var no ledger.EntryNo
			for rec, err := range Read(tx).Journal(0, 0) {
				if err != nil {
					return err
				}
				if rec.Deposit != nil && rec.Deposit.ID == l.check.ID {
					no = rec.No
				}
			}
			return forge(tx, no, func(s *stored) { s.Entry.Deposit.Amount.Micros++ })
		}},
		{"transfer claimed with another amount", i6, "ends transfer", inEntry(claim, func(_ *world, e *entry) {
			e.Amount.Micros++
		})},
		{"transfer claimed that was never sent", i6, "ends transfer", inEntry(claim, func(_ *world, e *entry) {
			e.Cause = 1
		})},
		{"checkout paid twice", i10, "which names sale", inEntry(partlySale, func(l *world, e *entry) {
			e.Sale.Checkout = checkoutOf(l)
		})},
		{"sale for no checkout", i10, "which is not there", inEntry(partlySale, func(_ *world, e *entry) {
			e.Sale.Checkout = ledger.CheckoutID{Vendor: 9, Number: 9}
		})},
		{"two sales for a checkout without one", i10, "which names sale", func(l *world, tx store.Tx) error {
			return first(
				edit(tx, checkoutKey(checkoutOf(l)), checkouts, func(c *ledger.Checkout) { c.Purchase = 0 }),
				forge(tx, l.partly, func(s *stored) { s.Entry.Sale.Checkout = checkoutOf(l) }),
			)
		}},
	}
}
