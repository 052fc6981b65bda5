package seal

import (
	"strings"

	"tuppence/server/ledger"
)

// What stands for one number: entries of the journal under the name of what they are to their reader, vendors, and
// places in lists.

// Entry names any entry of the journal, for people: deposits' steps, limit changes and so on.
func (s *Sealer) Entry(no ledger.EntryNo) string { return s.entry(kindEntry, no) }

// Charge names a purchase.
func (s *Sealer) Charge(no ledger.EntryNo) string { return s.entry(kindCharge, no) }

// Grant names the right that a purchase gave.
func (s *Sealer) Grant(no ledger.EntryNo) string { return s.entry(kindGrant, no) }

// Refund names a refund.
func (s *Sealer) Refund(no ledger.EntryNo) string { return s.entry(kindRefund, no) }

// Dispute names a dispute by the entry that opened it.
func (s *Sealer) Dispute(no ledger.EntryNo) string { return s.entry(kindDispute, no) }

// Receipt is the name of a receipt, by the entry that booked it.
func (s *Sealer) Receipt(no ledger.EntryNo) string { return s.entry(kindReceipt, no) }

// OpenReceipt is the reverse of Receipt.
func (s *Sealer) OpenReceipt(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindReceipt, name)
}

// Proposal names a proposal of staff by the entry that made it.
func (s *Sealer) Proposal(no ledger.EntryNo) string { return s.entry(kindProposal, no) }

// OpenProposal is the reverse of Proposal.
func (s *Sealer) OpenProposal(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindProposal, name)
}

// Caller names the request of a caller by the entry that noted it.
func (s *Sealer) Caller(no ledger.EntryNo) string { return s.entry(kindCaller, no) }

// OpenCaller is the reverse of Caller.
func (s *Sealer) OpenCaller(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindCaller, name)
}

// Invite names an invitation by the entry that made it.
func (s *Sealer) Invite(no ledger.EntryNo) string { return s.entry(kindInvite, no) }

// OpenInvite is the reverse of Invite.
func (s *Sealer) OpenInvite(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindInvite, name)
}

// TeamMember names a place in the team of a vendor by the entry that made it.
func (s *Sealer) TeamMember(no ledger.EntryNo) string { return s.entry(kindTeam, no) }

// OpenTeamMember is the reverse of TeamMember.
func (s *Sealer) OpenTeamMember(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindTeam, name)
}

// Settlement names a settlement by the entry that opened it.
func (s *Sealer) Settlement(no ledger.EntryNo) string { return s.entry(kindSettlement, no) }

// OpenSettlement reads an stl_ name.
func (s *Sealer) OpenSettlement(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindSettlement, name)
}

// PayoutFile names a file of payouts by the first entry that put a payout into it.
func (s *Sealer) PayoutFile(no ledger.EntryNo) string { return s.entry(kindPayoutFile, no) }

// OpenPayoutFile reads a pof_ name.
func (s *Sealer) OpenPayoutFile(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindPayoutFile, name)
}

// Redemption names a redemption by the entry that opened it.
func (s *Sealer) Redemption(no ledger.EntryNo) string { return s.entry(kindRedemption, no) }

// OpenRedemption reads a red_ name.
func (s *Sealer) OpenRedemption(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindRedemption, name)
}

// Transfer names a transfer by the entry that sent it.
func (s *Sealer) Transfer(no ledger.EntryNo) string { return s.entry(kindTransfer, no) }

// Exchange names an exchange by the entry of one of its sides.
func (s *Sealer) Exchange(no ledger.EntryNo) string { return s.entry(kindExchange, no) }

// Event names a webhook event by the entry it tells of. Only its vendor reads it.
func (s *Sealer) Event(no ledger.EntryNo) string { return s.entry(kindEvent, no) }

// Cursor hides a place in a list. It is of the newest generation: whoever pages through a list when the books are
// restored begins again.
func (s *Sealer) Cursor(n uint64) string { return single(s.newest().names, kindCursor, n) }

// OpenEntry reads any name that stands for an entry: ent_, chg_, grt_, rfd_, dsp_, trf_, exc_, red_ or evt_. It refuses
// with [ErrName], as every Open does.
func (s *Sealer) OpenEntry(name string) (ledger.EntryNo, error) {
	for _, k := range entryKinds {
		if len(name) > len(k.prefix) && name[:len(k.prefix)] == k.prefix {
			return s.openEntry(k, name)
		}
	}
	return 0, ErrName
}

// entryKinds are the names that people may copy from a history or a receipt: all of them lead to an entry.
var entryKinds = []kind{
	kindEntry, kindCharge, kindGrant, kindRefund, kindDispute, kindTransfer, kindExchange, kindIncentive, kindEvent,
	kindRedemption,
}

// OpenCharge reads a chg_ name.
func (s *Sealer) OpenCharge(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindCharge, name)
}

// Incentive names an incentive by the entry that gave it.
func (s *Sealer) Incentive(no ledger.EntryNo) string { return s.entry(kindIncentive, no) }

// OpenIncentive reads an inc_ name.
func (s *Sealer) OpenIncentive(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindIncentive, name)
}

// Campaign names a campaign by the entry that opened it.
func (s *Sealer) Campaign(no ledger.EntryNo) string { return s.entry(kindCampaign, no) }

// OpenCampaign reads a cmp_ name.
func (s *Sealer) OpenCampaign(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindCampaign, name)
}

// Issue names an issue of tokens by the entry that made it.
func (s *Sealer) Issue(no ledger.EntryNo) string { return s.entry(kindIssue, no) }

// OpenIssue reads a tki_ name.
func (s *Sealer) OpenIssue(name string) (ledger.EntryNo, error) { return s.openEntry(kindIssue, name) }

// IsCampaign tells whether a name looks like one of a campaign.
func (*Sealer) IsCampaign(name string) bool { return strings.HasPrefix(name, kindCampaign.prefix) }

// OpenGrant reads a grt_ name.
func (s *Sealer) OpenGrant(name string) (ledger.EntryNo, error) { return s.openEntry(kindGrant, name) }

// OpenRefund reads a rfd_ name.
func (s *Sealer) OpenRefund(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindRefund, name)
}

// OpenDispute reads a dsp_ name.
func (s *Sealer) OpenDispute(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindDispute, name)
}

// OpenTransfer reads a trf_ name.
func (s *Sealer) OpenTransfer(name string) (ledger.EntryNo, error) {
	return s.openEntry(kindTransfer, name)
}

// OpenEvent reads an evt_ name.
func (s *Sealer) OpenEvent(name string) (ledger.EntryNo, error) { return s.openEntry(kindEvent, name) }

// OpenCursor reads a cursor.
func (s *Sealer) OpenCursor(name string) (uint64, error) {
	return openSingle(s.newest().names, kindCursor, name)
}

// Vendor names a vendor.
func (s *Sealer) Vendor(v ledger.VendorID) string {
	return single(s.ofVendor(v).names, kindVendor, uint64(v))
}

// OpenVendor reads a ven_ name.
func (s *Sealer) OpenVendor(name string) (ledger.VendorID, error) {
	n, err := s.openSingle(kindVendor, name, func(n uint64) *generation { return s.ofVendor(ledger.VendorID(n)) })
	return ledger.VendorID(n), err
}

// Referral is the code by which a vendor brings users: its number under a mark of its own, so it needs no index and
// opens nothing else of the vendor.
func (s *Sealer) Referral(v ledger.VendorID) string {
	return single(s.ofVendor(v).names, kindReferral, uint64(v))
}

// OpenReferral reads a ref_ code.
func (s *Sealer) OpenReferral(code string) (ledger.VendorID, error) {
	n, err := s.openSingle(kindReferral, code, func(n uint64) *generation { return s.ofVendor(ledger.VendorID(n)) })
	return ledger.VendorID(n), err
}
