package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind says what an entry records.
type Kind uint8

// Kinds of entries. Numbers are stored: never reorder them.
const (
	KindPolicy           Kind = iota + 1 // operator changed a policy
	KindJoined                           // wallet opened
	KindRecovered                        // new key by recovery code, old keys ended
	KindKeyAdded                         // member key or API key added or ended, or recovery code renewed
	KindVendor                           // vendor created or changed
	KindOffer                            // offer version posted
	KindLimit                            // a limit changed
	KindLink                             // standing permission given
	KindUnlink                           // standing permission ended
	KindDeposit                          // a step of a deposit
	KindPurchase                         // captured purchase
	KindHold                             // purchase held
	KindCapture                          // held purchase captured, rest released
	KindVoid                             // hold released
	KindRefund                           // vendor or rule gave money back
	KindDispute                          // dispute opened: money to dispute hold
	KindDisputeDecided                   // dispute over: its money left the hold
	KindTransfer                         // transfer sent, waiting for its claim
	KindTransferClaimed                  // transfer claimed
	KindTransferRecalled                 // transfer recalled or expired
	KindConsumed                         // a view of a grant was used
	KindStaff                            // other act of staff
	KindHook                             // webhook endpoint changed
	KindRestored                         // the books begin a new generation from a backup
	KindUnblock                          // block of a vendor taken back
	KindReceipt                          // money came without a deposit that announced it so, or was sent back
	KindRates                            // rates loaded
	KindExchange                         // tokens left an account for another currency
	KindExchanged                        // and arrived there
	KindFreeze                           // wallet frozen or thawed by staff
	KindCredit                           // an account got a credit line, or lost it
	KindBill                             // what an account owes was billed
	KindWriteOff                         // a debt was given up
	KindIncentive                        // tokens given away
	KindIncentiveEnded                   // what was left of them has expired
	KindDisputeStep                      // somebody has said something in a dispute: no money moved
	KindGoodwill                         // goodwill from the service
	KindCase                             // staff noted something of a case, claimed it or handed it over
	KindProposal                         // staff proposed an act for two persons, or denied one
	KindVault                            // personal data kept or forgotten
	KindMandate                          // a step of a mandate
	KindSettlement                       // a vendor or a payee is settled: a statement, and money on its way
	KindPayout                           // a step of a settlement
	KindOrderLimit                       // what a wallet may owe for purchase orders
	KindBiller                           // biller changed, or one of its files frozen
	KindBillerAccount                    // a wallet's account at a biller
	KindVoice                            // access by phone: a PIN, a lock, a request of a caller
	KindInvite                           // a representative invites a caller, or the invitation is used
	KindPayAccount                       // a step of an account that payouts go to
	KindRedemption                       // a step of a redemption
	KindRefill                           // a weekly budget was set, skipped, paused or ended, or has fallen due
	KindMailing                          // letters about bills, frozen for the printer
	KindClose                            // a month of the books is closed
	KindUnclaimed                        // an unused balance: announced, moved, claimed or paid to the state
	KindPlan                             // a version of a royalty plan
	KindCampaign                         // a step of a campaign of incentives
	KindWalletClosed                     // a person has closed the wallet for good
	KindTokenIssue                       // a step of an issue of tokens
	KindVoucher                          // a voucher is redeemed; it names no wallet
	KindReferral                         // terms of a referral, a user who was brought, rewards that are booked
	KindAgent                            // a key by which a program pays: added, changed, ended
	KindRevoked                          // a vendor has ended a grant before its time
)

// moving has the words of the kinds that move money.
var moving = map[Kind]string{
	KindDeposit: "deposit", KindPurchase: "purchase", KindHold: "hold", KindCapture: "capture", KindVoid: "void",
	KindRefund: "refund", KindDispute: "dispute", KindDisputeDecided: "dispute", KindTransfer: "transfer",
	KindTransferClaimed: "transfer claimed", KindTransferRecalled: "transfer recalled", KindStaff: "act of staff",
	KindWriteOff: "write-off", KindIncentive: "incentive", KindIncentiveEnded: "incentive expired",
	KindCampaign: "campaign", KindTokenIssue: "token issue",
	KindGoodwill: "goodwill",
	KindReceipt:  "receipt", KindExchange: "exchange", KindExchanged: "exchanged", KindSettlement: "settlement",
	KindPayout:     "payout",
	KindRedemption: "redemption",
	KindUnclaimed:  "unclaimed property",
	KindReferral:   "referral rewards",
}

// Words tells an accountant what moved money: "deposit cleared". It names no person, and nothing that was bought.
func (e Entry) Words() string {
	words, state := cmp.Or(moving[e.Kind], "other"), ""
	switch {
	case e.Kind == KindReceipt && e.Receipt != nil:
		state = string(e.Receipt.State)
	case e.Redemption != nil:
		state = string(e.Redemption.State)
	case e.Deposit != nil:
		state = string(e.Deposit.State)
	case e.Dispute != nil:
		state = string(e.Dispute.State)
	case e.Settlement != nil:
		state = string(e.Settlement.State)
	case e.Unclaimed != nil && e.Change != nil:
		state = e.Change.Name
	}
	return strings.TrimSpace(words + " " + strings.ReplaceAll(state, "_", " "))
}

// Posting moves micros on one account: positive is a debit, negative a credit.
type Posting struct {
	Account Account
	Micros  int64
}

// Entry is one balanced, immutable fact of the journal (claim 5). Its postings sum to zero per currency; an entry
// without postings records a change that moves no money. What was wrong is corrected by a further entry, never by
// editing.
type Entry struct {
	No           EntryNo
	At           time.Time // UTC, whole microseconds
	Kind         Kind
	Actor        Actor
	User         UserID   // whose wallet, 0 if none
	Counterparty UserID   // whose is the other wallet of a transfer, 0 if none
	Vendor       VendorID // 0 if none
	Cause        EntryNo  // the entry that this one continues: the purchase of a refund, the hold of a capture
	Amount       Amount   // the figure a person would name: price, refund, deposit
	Postings     []Posting
	// Wallet is the account of User whose history shows an entry that has no amount, "" for none: a person sees each own
	// act, though it counts nothing.
	Wallet Currency

	Sale      *Sale        // KindPurchase, KindHold
	Deposit   *Deposit     // KindDeposit: the deposit as it is after this step
	Receipt   *Receipt     // KindReceipt, and KindDeposit where it was matched: the receipt as it is after this step
	Dispute   *Dispute     // KindDispute, KindDisputeStep, KindDisputeDecided: as it is after this step
	Rates     *Rates       // KindRates: all of them
	Exchange  *Exchange    // KindExchange, KindExchanged: both sides
	Bill      *Bill        // KindBill
	Incentive *Incentive   // KindIncentive
	Campaign  *Campaign    // KindCampaign: the campaign as it is after this step
	Issue     *TokenIssue  // KindTokenIssue: the issue as it is after this step
	Desk      *Desk        // KindCase, KindProposal, and what was done on a proposal
	Vault     *VaultRecord // KindVault: the record without its data
	Mandate   *Mandate     // KindMandate: the mandate as it is after this step
	// Settlement is of KindSettlement and KindPayout: the settlement as it is after this step.
	Settlement *Settlement
	PayAccount *PayAccount // KindPayAccount: the account as it is after this step
	// Redemption is of KindRedemption, and Refill of KindRefill: as it is after this step.
	Redemption *Redemption
	Refill     *Refill
	Biller     *AtBiller // KindBiller, KindBillerAccount, and KindDeposit by a bill
	// Voice is of KindVoice, Invite of KindInvite: as it is after this step.
	Voice     *VoiceStep
	Invite    *Invite
	Plan      *RoyaltyPlan  // KindPlan: the version
	Change    *Change       // KindPolicy, KindLimit, KindLink, KindUnlink, KindUnblock, KindVendor, KindRevoked …
	Mailing   *Mailing      // KindMailing
	Close     *Close        // KindClose
	Referral  *ReferralStep // KindReferral
	Unclaimed *Unclaimed    // KindUnclaimed: the balance as it is after this step
	Agent     *Agent        // KindAgent: the key as it is after this step, without what is counted
	Reason    string        // shown to the parties; cleaned text
}

// Change is a setting before and after, in words for people. What programs read of it has fields of its own.
type Change struct {
	Name, Old, New string
	Currency       Currency // KindLimit, KindLink, KindUnlink, KindUnblock: of the account that it is about
	Fresh          bool     // KindLink: a new permission with a total of its own, not other bounds of one that stands
	Number         uint64   // KindHook: of the endpoint
}

// instant returns a time as it will be stored: in UTC and whole microseconds.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// entry begins an entry.
func entry(no EntryNo, now time.Time, k Kind, a Actor) Entry {
	return Entry{No: no, At: instant(now), Kind: k, Actor: a}
}

// Listed returns the currency of the account whose history has the entry, "" if it is in none.
func (e Entry) Listed() Currency { return cmp.Or(e.Amount.Currency, e.Wallet) }

// Balanced returns an error unless the postings sum to zero in each currency, none is zero or out of bounds, and every
// account is on the chart (DESIGN.md, I1). An entry that is not balanced is a bug of ours and must not be written.
func (e Entry) Balanced() error {
	for i, p := range e.Postings {
		switch _, known := p.Account.Class.line(); {
		case !known:
			return fmt.Errorf("ledger: entry %d: no such account %s", e.No, p.Account)
		case p.Account.Currency == "":
			return fmt.Errorf("ledger: entry %d: account %s has no currency", e.No, p.Account)
		case p.Micros == 0 || p.Micros > 2*MaxMicros || p.Micros < -2*MaxMicros:
			return fmt.Errorf("ledger: entry %d: posting of %d on %s is out of bounds", e.No, p.Micros, p.Account)
		}
		// The last posting of a currency checks its sum: an entry has one currency, or two, so this needs no map.
		c, later := p.Account.Currency, e.Postings[i+1:]
		if slices.ContainsFunc(later, func(q Posting) bool { return q.Account.Currency == c }) {
			continue
		}
		if sum := sumOf(e.Postings[:i+1], c); sum != 0 {
			return fmt.Errorf("ledger: entry %d is out of balance by %d micros of %s", e.No, sum, c)
		}
	}
	return nil
}

func sumOf(all []Posting, c Currency) (sum int64) {
	for _, p := range all {
		if p.Account.Currency == c {
			sum += p.Micros
		}
	}
	return sum
}

// nonzero drops postings of nothing, in place.
func nonzero(all []Posting) []Posting {
	return slices.DeleteFunc(all, func(p Posting) bool { return p.Micros == 0 })
}

// addTo adds a posting to the one on the same account, or puts it at the end.
func addTo(all []Posting, p Posting) []Posting {
	for i := range all {
		if all[i].Account == p.Account {
			all[i].Micros += p.Micros
			return all
		}
	}
	return append(all, p)
}
