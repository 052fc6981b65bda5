package books

import (
	"bytes"
	"context"
	"errors"

	"tuppence/server/ledger"
	"tuppence/store"
)

// indexed is how a table of records is compared with its index rows, in both directions.
type indexed struct {
	// forward checks that every record has its index rows.
	forward func(ctx context.Context, a *auditor) error
	// wants returns whether the record under target is to be found by the index row. A damaged record is: it is found in
	// its own table, and its index rows are not to blame.
	wants func(a *auditor, target, index []byte) (bool, error)
}

// indexedTables returns the tables that have index rows.
func indexedTables() map[byte]indexed {
	return map[byte]indexed{
		tUser:      indexedBy(tUser, users, userIndexes),
		tVendor:    indexedBy(tVendor, vendors, vendorIndexes),
		tLink:      indexedBy(tLink, links, linkIndexes),
		tCheckout:  indexedBy(tCheckout, checkouts, checkoutIndexes),
		tDeposit:   indexedBy(tDeposit, deposits, depositIndexes),
		tReceipt:   indexedBy(tReceipt, receipts, receiptIndexes),
		tPostpaid:  indexedBy(tPostpaid, postpaids, postpaidIndexes),
		tIncentive: indexedBy(tIncentive, incentives, incentiveIndexes),
		tCampaign:  indexedBy(tCampaign, campaigns, campaignIndexes),
		tIssue:     indexedBy(tIssue, issues, issueIndexes),
		tDispute:   indexedBy(tDispute, disputes, disputeIndexes),
		tTransfer:  indexedBy(tTransfer, transfers, transferIndexes),
		tPurchase:  indexedBy(tPurchase, purchases, purchaseIndexes),
		tDelivery:  indexedBy(tDelivery, deliveries, deliveryIndexes),

		tSettlement: indexedBy(tSettlement, settlements, settlementIndexes),
		tOffer:      indexedBy(tOffer, offers, offerIndexes),
		tPlan:       indexedBy(tPlan, plans, planIndexes),
		tStaffAct:   indexedBy(tStaffAct, staffActs, staffActIndexes),

		tPayoutJob:  indexedBy(tPayoutJob, payoutJobs, payoutJobIndexes),
		tRedemption: indexedBy(tRedemption, redemptions, redemptionIndexes),
		tRefill:     indexedBy(tRefill, refills, refillIndexes),

		tBillerAccount: indexedBy(tBillerAccount, billerAccounts, billerAccountIndexes),
		tInvite:        indexedBy(tInvite, invites, inviteIndexes),
		tTeam:          indexedBy(tTeam, teamMembers, teamIndexes),
		tAgent:         indexedBy(tAgent, agents, agentIndexes),
	}
}

// offerIndexes returns where the newest version of an offer is found.
func offerIndexes(o ledger.Offer) [][]byte { return [][]byte{key(tNewest, o.ID.Vendor, o.ID.Number)} }

// planIndexes returns where the newest version of a royalty plan is found.
func planIndexes(p ledger.RoyaltyPlan) [][]byte {
	return [][]byte{key(tNewestPlan, p.Vendor, p.Number)}
}

// indexes checks that every record has its index rows, and that every index row leads to a record that wants it.
func (a *auditor) indexes(ctx context.Context) error {
	tables := indexedTables()
	for _, t := range []byte{
		tUser, tVendor, tLink, tCheckout, tDeposit, tReceipt, tDispute, tTransfer, tDelivery, tOffer,
		tPostpaid, tIncentive, tCampaign, tIssue, tPurchase,
		tStaffAct,
		tSettlement,
		tPlan,
		tBillerAccount,
		tInvite, tTeam, tAgent,
		tPayoutJob,
		tRedemption, tRefill,
	} {
		if err := tables[t].forward(ctx, a); err != nil {
			return err
		}
	}
	for _, t := range indexTables {
		for kv, err := range a.r.kv.Scan(key(t), after(key(t)), false, 0) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := a.backward(tables, kv); err != nil {
				return err
			}
		}
	}
	return nil
}

// indexTables are all tables of index rows (keys.go). A test compares them with the rows that nouns have.
var indexTables = []byte{
	tUserKey, tHandle, tRecovery, tVendorName, tAPIKey, tVendorLink, tNewest, tCode, tTxn, tWaiting, tReference, tExternal,
	tOpenDeposit, tUserDispute, tVendorDispute, tOpenDispute, tClaim, tUserTransfer, tOpenTransfer, tDueDelivery,
	tNewestPlan,
	tDuePostpaid, tDueIncentive, tGifts, tCampaigns, tIssues, tLook, tBillerMark,
	tDuePayoutJob,
	tVendorDelivery, tBuyerDelivery, tOpenReceipt, tExternalReceipt, tSettled,
	tVoice,
	tRedeemed,
	tOpen,
	tAgentIndex,
}

// backward checks that an index row leads to a record that has such an index.
func (a *auditor) backward(tables map[byte]indexed, kv store.KV) error {
	if len(kv.Value) > 0 {
		if t, ok := tables[kv.Value[0]]; ok {
			wanted, err := t.wants(a, kv.Value, kv.Key)
			if err != nil || wanted {
				return err
			}
		}
	}
	a.find(indexesFit, "index %s leads to %s, which is not there or has no such index", keyName(kv.Key), keyName(kv.Value))
	return nil
}

// indexedBy makes the two checks of a table from its codec and the function that Put takes its index rows from.
func indexedBy[T, R any](table byte, c codec[T, R], rowsOf func(T) [][]byte) indexed {
	return indexed{
		forward: func(ctx context.Context, a *auditor) error {
			return rows(ctx, a, table, c, nil, func(k []byte, v T) error {
				for _, index := range rowsOf(v) {
					target, found, err := a.r.get(index)
					if err != nil {
						return err
					}
					if !found && index[0] == tOpen && !a.whole { // earlier programs had no such lists
						continue
					}
					if (!found || !bytes.Equal(target, k)) && !leadsElsewhere(index, target, v) {
						a.find(indexesFit, "record %s is not found by its index %s", keyName(k), keyName(index))
					}
				}
				return nil
			})
		},
		wants: func(a *auditor, target, index []byte) (bool, error) {
			b, found, err := a.r.get(target)
			if err != nil || !found {
				return false, err
			}
			v, err := c.decode(target, b)
			if errors.Is(err, store.ErrDamaged) {
				return true, nil // found in its own table
			}
			return err == nil && has(rowsOf(v), index), err
		},
	}
}

// leadsElsewhere returns whether an index row may lead to another record: to a newer version of the offer, or to
// another checkout with the typed code of one that is closed (codes are short, so they are used again).
func leadsElsewhere(index, target []byte, record any) bool {
	switch v := record.(type) {
	case ledger.Checkout:
		return index[0] == tCode && v.Status != ledger.CheckoutOpen
	case ledger.Offer:
		return bytes.HasPrefix(target, key(tOffer, v.ID.Vendor, v.ID.Number)) // older than the newest: vendorRows compares
	case ledger.RoyaltyPlan:
		return bytes.HasPrefix(target, key(tPlan, v.Vendor, v.Number)) // older than the newest: planRows compares
	}
	return false
}
