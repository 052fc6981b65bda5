package books

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"tuppence/server/ledger"
)

// Every key of the store. The first byte is the table; numbers are big endian, so that keys sort as numbers do. A sale
// writes only the rows marked * of its own; those marked + are shared by all sales of a batch.
//
//	key                           value                                                    written by
//	h                          +  number and hash of the newest entry                      Append
//	j entry                    *  the entry, then its hash in 32 bytes                     Append, never again
//	w user currency            *  wallet: balances, limits, counters, newest entry         Append, PutWallet
//	V user currency               days of the wallet that are over                         AppendSpent, once a day
//	l user vendor currency     *  link (newest generation)                                 PutLink
//	k sha256[:16]              *  what an idempotency key was used for                     PutIdempotency
//	t vendor currency          +  till: balances, newest entry                             Append
//	b class currency owner     +  balance of any other account, while it is not zero       Append
//	z class currency           +  control total of a class                                 Append
//	m name                        small named value                                        PutMeta
//	p                             policy                                                   PutPolicy
//	Z                             newest rates                                             PutRates
//	n name                        newest number: user, vendor, payee, staff act            NextUser and the like
//	u user                        user                                                     PutUser
//	s fingerprint                 staff                                                    PutStaff
//	v vendor                      vendor                                                   PutVendor
//	o vendor number version       offer version                                            PutOffer, never again
//	y vendor name                 payee's number                                           PutPayee
//	@ vendor number version       royalty plan version                                     PutPlan, never again
//	c vendor number               checkout                                                 PutCheckout
//	d user number                 deposit                                                  PutDeposit
//	g entry                       purchase, once it has changed since its entry            PutPurchase
//	1 entry                       receipt                                                  PutReceipt
//	* user currency               postpaid account: when it is billed next                 PutPostpaid
//	+ user currency 0 entry       bill                                                     PutBill
//	" entry                       incentive                                                PutIncentive
//	] entry                       campaign                                                 PutCampaign
//	\ entry                       issue of tokens                                          PutIssue
//	7 owner number                what the vault keeps, sealed                             PutVault
//	9 user number                 mandate                                                  PutMandate
//	# number                      file for a bank                                          PutBankFile
//	$ source 0 id                 what was sent to a bank or came from it under an id      PutBankItem
//	x entry                       dispute                                                  PutDispute
//	4 entry                       settlement                                               PutSettlement
//	6 number                      run of settlements                                       PutRun
//	/ entry                       payout at the operator's gateway                         PutPayoutJob
//	% name                        biller                                                   PutBiller
//	& user name                   account at a biller                                      PutBillerAccount
//	) name 0 number               file for a biller                                        PutFrozenFile
//	( hash                        code of a deposit by phone                               PutPhoneCode
//	_ entry                       invitation of a caller                                   PutInvite
//	= beginning                   month that is closed                                     PutClose
//	> number                      letters about bills, for the printer                     PutMailing
//	~ vendor entry                place in a vendor's team                                 PutTeamMember
//	? user currency               balance that nobody uses                                 PutUnclaimed
//	f entry                       transfer                                                 PutTransfer
//	: entry                       redemption                                               PutRedemption
//	< user currency               weekly budget                                            PutRefill
//	e event seq vendor endpoint   delivery                                                 PutDelivery
//	q vendor endpoint             how an endpoint takes events                             PutHealth
//	a number                      generation, once for each restore                        BeginGeneration, never again
//	r number                      line of the staff log                                    PutStaffAct
//	0 kind user number            what staff know of a case                                PutCase
//	8 entry                       proposal of staff                                        PutProposal
//	§ vendor hash                 content that a vendor has left for its buyers            PutCopy
//	¶ vendor hash part            its bytes                                                PutCopyPart, never again
//	¤ user number                 key by which a program pays                              PutAgent, RecountAgent
//	M user currency position      milestone: each 64th entry of a wallet                   Append, never again
//
// Tables i and I are those of format "books 1"; [Upgrade] empties them.
//
// Index rows: the value is the key of the record. The Put of the record keeps them.
//
//	U fingerprint   H handle   R hash             live member key, wallet name, recovery code   → u
//	N name          K hash                        vendor by name, by live API key               → v
//	L vendor created user currency                links of a vendor by age                      → l
//	O vendor number                               newest version of an offer                    → o
//	[ vendor number                               newest version of a royalty plan              → @
//	C code          X txn                         checkout by typed code, by transaction id     → c
//	A user vendor number                          checkouts that wait for a person              → c
//	D reference     E method 0 external           deposit by its reference, by processor's id   → d
//	P created user number                         deposits on which something is to come        → d
//	2 entry                                       receipts that wait for a person               → 1
//	, until user currency                          postpaid accounts in the order of their bills → *
//	' expires entry                                 incentives in the order in which they expire  → "
//	} campaign user entry                          incentives that a wallet has had of a campaign → "
//	| 1 vendor entry  | 4 vendor entry            campaigns of an issuer, those that have not ended → ]
//	| 2 end entry     | 3 code                    campaigns in the order in which they end, by code → ]
//	` 1 vendor entry                               issues of an issuer                           → \
//	` 2 end entry     ` 3 code                    issues in the order in which they end, vouchers → \
//	3 source 0 external                           receipt by what identifies it at its source   → 1
//	- hash                                        account at a biller by its number             → &
//	F user entry    G vendor entry                disputes of a person, of a vendor             → x
//	Q due entry                                   disputes that wait                            → x
//	5 1 vendor payee currency entry               settlements that close a period          → 4
//	5 2 vendor entry                              settlements of a vendor and its payees   → 4
//	5 3 entry       5 4 state entry               settlements, those in a state            → 4
//	5 5 file entry  5 6 run entry                 settlements in a file, of a run          → 4
//	5 7 vendor entry  5 8 vendor entry            those of a vendor itself, those on their way → 4
//	. due entry                                   payouts that the gateway is told or asked of  → /
//	J hash          J beginning entry             transfer by claim code, by how it begins      → f
//	^ number        ^ "?" entry                   wallet by its voice number, by the request of its caller → u
//	^ "!" hash                                    invitation by its code                        → _
//	^ "~" fingerprint  ^ "+" hash                 place in a vendor's team by its key, by its code → ~
//	S user entry                                  transfers of a person                         → f
//	; 1 user entry  ; 2 state entry               redemptions of a person, those in a state     → :
//	; 3 file entry  ; 5 entry                     redemptions in a file, those at a processor   → :
//	; 4 due user currency                         weekly budgets in the order of time           → <
//	{ 1 user entry                                redemptions of a person on their way          → :
//	{ 2 user currency 0 number                    deposits that a processor may send back       → d
//	{ 3 user number                               deposits that are being taken back            → d
//	{ 4 user entry                                disputes of a person that are open            → x
//	{ 5 until entry                               sales whose money waits for the vendor       → g
//	{ 6 vendor number                             lines of the staff log by a vendor's team    → r
//	{ 7 vendor time entry                         sales whose grant was revoked                → g
//	! user number                                 looks of staff at a wallet                    → r
//	T expires entry                               transfers that wait                           → f
//	W due event seq vendor endpoint               deliveries that may be sent                   → e
//	Y vendor event seq endpoint                   deliveries of a vendor                        → e
//	¥ fingerprint                                 live key by which a program pays              → ¤
//	¥ "!" end user number                         those keys in the order in which they end     → ¤
//	B vendor endpoint user event seq              deliveries that wait, by buyer                → e
const (
	tHead, tEntry, tWallet, tLink, tTill, tBalance, tTotal   = 'h', 'j', 'w', 'l', 't', 'b', 'z'
	tIdempotency, tMeta, tPolicy, tCounter                   = 'k', 'm', 'p', 'n'
	tOldIdempotency, tOldMonths                              = 'i', 'I'
	tUser, tUserKey, tHandle, tRecovery, tStaff              = 'u', 'U', 'H', 'R', 's'
	tVendor, tVendorName, tAPIKey, tVendorLink               = 'v', 'N', 'K', 'L'
	tOffer, tNewest, tPayee                                  = 'o', 'O', 'y'
	tPlan, tNewestPlan                                       = '@', '['
	tCheckout, tCode, tTxn, tWaiting                         = 'c', 'C', 'X', 'A'
	tDeposit, tReference, tExternal, tOpenDeposit, tPurchase = 'd', 'D', 'E', 'P', 'g'
	tReceipt, tOpenReceipt, tExternalReceipt                 = '1', '2', '3'
	tPostpaid, tDuePostpaid, tBill                           = '*', ',', '+'
	tIncentive, tDueIncentive, tGifts                        = '"', '\'', '}'
	tCampaign, tCampaigns                                    = ']', '|'
	tIssue, tIssues                                          = '\\', '`'
	tDispute, tUserDispute, tVendorDispute, tOpenDispute     = 'x', 'F', 'G', 'Q'
	tTransfer, tClaim, tUserTransfer, tOpenTransfer          = 'f', 'J', 'S', 'T'
	tSettlement, tSettled, tRun                              = '4', '5', '6'
	tPayoutJob, tDuePayoutJob                                = '/', '.'
	tDelivery, tDueDelivery, tVendorDelivery                 = 'e', 'W', 'Y'
	tGeneration, tHealth, tBuyerDelivery                     = 'a', 'q', 'B'
	tStaffAct, tDays, tMilestone, tRates                     = 'r', 'V', 'M', 'Z'
	tCase, tProposal, tLook                                  = '0', '8', '!'
	tVault, tMandate, tBankFile, tBankItem                   = '7', '9', '#', '$'
	tBiller, tBillerAccount, tBillerMark, tBillerFile        = '%', '&', '-', ')'
	tPhoneCode                                               = '('
	tVoice, tInvite                                          = '^', '_'
	tRedemption, tRedeemed, tRefill                          = ':', ';', '<'
	tClose, tMailing, tUnclaimed                             = '=', '>', '?'
	tOpen, tTeam                                             = '{', '~'
	tCopy, tCopyPart                                         = '§', '¶' // as ISO 8859-1 has them: a byte each
	tAgent, tAgentIndex                                      = '¤', '¥' // as well
)

// Keys that each sale uses are built without the detour over parts of any type.

var (
	headKey   = key(tHead)
	policyKey = key(tPolicy)
)

// numberKey is a table and a number.
func numberKey[N ~uint64](table byte, n N) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), table), uint64(n))
}

// pairKey is a table and two numbers.
func pairKey[A, B ~uint64](table byte, a A, b B) []byte {
	k := binary.BigEndian.AppendUint64(append(make([]byte, 0, 21), table), uint64(a))
	return binary.BigEndian.AppendUint64(k, uint64(b))
}

// walletKey: the currency is last and has no fixed length, so that it needs no end mark.
func walletKey(u ledger.UserID, c ledger.Currency) []byte {
	k := binary.BigEndian.AppendUint64(append(make([]byte, 0, 12), tWallet), uint64(u))
	return append(k, c...)
}

// daysKey is walletKey for the days that are over.
func daysKey(u ledger.UserID, c ledger.Currency) []byte { return key(tDays, u, c) }

// linkKey begins with the user, whose links are listed; those of a vendor have an index.
func linkKey(u ledger.UserID, v ledger.VendorID, c ledger.Currency) []byte {
	return append(pairKey(tLink, u, v), c...)
}

// tillKey is walletKey for vendors.
func tillKey(v ledger.VendorID, c ledger.Currency) []byte {
	k := binary.BigEndian.AppendUint64(append(make([]byte, 0, 12), tTill), uint64(v))
	return append(k, c...)
}

// offerKey: the versions of an offer follow each other.
func offerKey(id ledger.OfferID, version uint32) []byte {
	return binary.BigEndian.AppendUint32(pairKey(tOffer, id.Vendor, id.Number), version)
}

// checkoutKey: numbers of checkouts are drawn at random, so the vendor comes first and keeps them apart.
func checkoutKey(id ledger.CheckoutID) []byte { return pairKey(tCheckout, id.Vendor, id.Number) }

// balanceKey: the owner has 8 bytes, so currencies of different lengths cannot run into it.
func balanceKey(a ledger.Account) []byte {
	k := binary.BigEndian.AppendUint16(append(make([]byte, 0, 14), tBalance), uint16(a.Class))
	return binary.BigEndian.AppendUint64(append(k, a.Currency...), a.Owner)
}

// totalKey is the control total that an account belongs to: its owner does not matter.
func totalKey(a ledger.Account) []byte {
	k := binary.BigEndian.AppendUint16(append(make([]byte, 0, 6), tTotal), uint16(a.Class))
	return append(k, a.Currency...)
}

// idempotencyKey holds the first 16 bytes of a hash in which owner and name cannot run together.
func idempotencyKey(owner, name string) []byte {
	k := append(make([]byte, 0, 17), tIdempotency)
	var buf [64 + maxHashed]byte
	b := binary.BigEndian.AppendUint32(buf[:0], uint32(len(owner)))
	sum := sha256.Sum256(append(append(b, owner...), name...))
	return append(k, sum[:16]...)
}

// maxHashed is up to which length the name of an idempotency key is hashed without memory of its own.
const maxHashed = 256

// key joins a table and its parts: uint64 in 8 bytes, uint32 in 4, uint16 in 2, strings and bytes as they are. Times
// are microseconds since 1970 in 8 bytes and sort as times do from then on; no time at all sorts behind them.
func key(table byte, parts ...any) []byte {
	k := append(make([]byte, 0, 32), table)
	for _, p := range parts {
		switch p := p.(type) {
		case uint64:
			k = binary.BigEndian.AppendUint64(k, p)
		case uint32:
			k = binary.BigEndian.AppendUint32(k, p)
		case uint16:
			k = binary.BigEndian.AppendUint16(k, p)
		case ledger.UserID:
			k = binary.BigEndian.AppendUint64(k, uint64(p))
		case ledger.VendorID:
			k = binary.BigEndian.AppendUint64(k, uint64(p))
		case ledger.EntryNo:
			k = binary.BigEndian.AppendUint64(k, uint64(p))
		case ledger.PayeeID:
			k = binary.BigEndian.AppendUint64(k, uint64(p))
		case ledger.Class:
			k = binary.BigEndian.AppendUint16(k, uint16(p))
		case time.Time:
			k = binary.BigEndian.AppendUint64(k, uint64(p.UnixMicro()))
		case ledger.Currency:
			k = append(k, p...)
		case string:
			k = append(k, p...)
		case [32]byte:
			k = append(k, p[:]...)
		case []byte:
			k = append(k, p...)
		default:
			panic("books: no key of such a part") // caller bug
		}
	}
	return k
}

// last returns the number at the end of a key of at least 8 bytes.
func last(k []byte) uint64 { return binary.BigEndian.Uint64(k[len(k)-8:]) }

// after returns the smallest key that is greater than every key with this prefix; nil if there is none.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
