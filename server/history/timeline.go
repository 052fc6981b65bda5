package history

import (
	"fmt"
	"slices"
	"strings"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// detailWalk bounds how many entries one detail looks at: a person opens one now and then, and each entry is one row.
const detailWalk = 5000

// timeline tells what became of a sale, a deposit, a dispute or a transfer, in order. What happened is walked and not
// indexed: a person looks at one row now and then, and every sale would pay for an index.
func (h *Reader) timeline(rec books.Record, c ledger.Currency) (all []view.Event, err error) {
	first := rec.No
	if rec.Cause != 0 {
		first = rec.Cause
	}
	// Whatever entry was opened, what became of it is told from the entry that began it.
	related := func(e ledger.Entry) bool {
		switch {
		case rec.Redemption != nil:
			return e.Redemption != nil && e.Redemption.No == rec.Redemption.No
		case rec.Deposit != nil:
			return e.Deposit != nil && e.Deposit.ID == rec.Deposit.ID
		case rec.Dispute != nil:
			return e.Dispute != nil && e.Dispute.No == rec.Dispute.No
		}
		return e.No == first || e.Cause == first || e.Dispute != nil && e.Dispute.Purchase == first
	}
	w, err := h.walkOne(c)
	if err != nil {
		return nil, err
	}
	for range detailWalk {
		next, found, err := w.next()
		if err != nil {
			return nil, err
		}
		if !found || (rec.Deposit == nil || rec.Redemption != nil) && rec.Dispute == nil && next.No < first {
			break
		}
		if related(next.Entry) {
			all = append(all, view.Event{At: view.At(next.At), What: eventOf(next.Entry)})
		}
	}
	slices.Reverse(all)
	return all, nil
}

// eventWords are the kinds of entries as steps of something. Kinds that carry a state of their own, deposits and
// disputes, take their word from it.
var eventWords = map[ledger.Kind]string{
	ledger.KindPurchase:         "paid",
	ledger.KindHold:             "held",
	ledger.KindCapture:          "taken from the hold",
	ledger.KindVoid:             "hold released",
	ledger.KindRefund:           "refunded",
	ledger.KindTransfer:         "sent",
	ledger.KindTransferClaimed:  "claimed",
	ledger.KindTransferRecalled: "taken back",
	ledger.KindExchange:         "exchanged",
	ledger.KindExchanged:        "arrived",
	ledger.KindBill:             "billed",
	ledger.KindIncentive:        "given",
	ledger.KindIncentiveEnded:   "expired",
	ledger.KindWriteOff:         "given up",
	ledger.KindRevoked:          "access ended by the vendor, nothing given back",
}

// eventOf is an entry as one step. Its words are for people; programs have the state of the row.
func eventOf(e ledger.Entry) string {
	what := eventWords[e.Kind]
	switch {
	case e.Kind == ledger.KindDeposit && e.Deposit != nil:
		what = strings.ReplaceAll(string(e.Deposit.State), "_", " ")
	case e.Redemption != nil:
		what = "redemption " + string(e.Redemption.State)
	case e.Dispute != nil:
		what = "dispute " + strings.ReplaceAll(string(e.Dispute.State), "_", " ")
	case what == "" && e.Change != nil:
		what = e.Change.Old + " → " + e.Change.New
	case what == "":
		what = "done"
	}
	if e.Amount.Micros != 0 && len(e.Postings) > 0 {
		what = fmt.Sprintf("%s %s", what, e.Amount)
	}
	if e.Reason != "" {
		what += ": " + view.Reason(e.Reason)
	}
	return what
}
