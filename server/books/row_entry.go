package books

import "tuppence/server/ledger"

// stored is what the journal keeps of a record; the hash follows it in 32 bytes.
type stored struct {
	Entry                           ledger.Entry
	PrevUser, PrevUser2, PrevVendor ledger.EntryNo
}

// entryRow is an entry of the journal. Its bytes are hashed, so they are never written again.
type entryRow struct {
	No           ledger.EntryNo   `cbor:"1,keyasint,omitempty"`
	At           instant          `cbor:"2,keyasint,omitempty"`
	Kind         ledger.Kind      `cbor:"3,keyasint,omitempty"`
	Role         ledger.Role      `cbor:"4,keyasint,omitempty"`
	Key          string           `cbor:"5,keyasint,omitempty"`
	User         ledger.UserID    `cbor:"6,keyasint,omitempty"`
	Counterparty ledger.UserID    `cbor:"7,keyasint,omitempty"`
	Vendor       ledger.VendorID  `cbor:"8,keyasint,omitempty"`
	Cause        ledger.EntryNo   `cbor:"9,keyasint,omitempty"`
	Amount       money            `cbor:"10,keyasint,omitzero"`
	Postings     []leg            `cbor:"11,keyasint,omitempty"`
	Sale         *saleRow         `cbor:"12,keyasint,omitempty"`
	Deposit      *depositRow      `cbor:"13,keyasint,omitempty"`
	Dispute      *disputeRow      `cbor:"14,keyasint,omitempty"`
	Change       *changeRow       `cbor:"15,keyasint,omitempty"`
	Reason       string           `cbor:"16,keyasint,omitempty"`
	PrevUser     ledger.EntryNo   `cbor:"17,keyasint,omitempty"`
	PrevUser2    ledger.EntryNo   `cbor:"18,keyasint,omitempty"`
	PrevVendor   ledger.EntryNo   `cbor:"19,keyasint,omitempty"`
	Wallet       ledger.Currency  `cbor:"20,keyasint,omitempty" since:"2"`
	Receipt      *receiptRow      `cbor:"21,keyasint,omitempty" since:"2"`
	Rates        *ratesRow        `cbor:"22,keyasint,omitempty" since:"2"`
	Exchange     *exchangeRow     `cbor:"23,keyasint,omitempty" since:"2"`
	Bill         *billRow         `cbor:"32,keyasint,omitempty" since:"2"`
	Incentive    *incentiveRow    `cbor:"33,keyasint,omitempty" since:"2"`
	Desk         *deskRow         `cbor:"28,keyasint,omitempty" since:"2"`
	Vault        *vaultRow        `cbor:"29,keyasint,omitempty" since:"2"`
	Mandate      *mandateRow      `cbor:"30,keyasint,omitempty" since:"2"`
	Settlement   *settlementRow   `cbor:"24,keyasint,omitempty" since:"2"`
	PayAccount   *payAccountRow   `cbor:"34,keyasint,omitempty" since:"2"`
	Biller       *atBillerRow     `cbor:"31,keyasint,omitempty" since:"2"`
	Voice        *voiceStepRow    `cbor:"45,keyasint,omitempty" since:"2"`
	Invite       *inviteRow       `cbor:"46,keyasint,omitempty" since:"2"`
	Redemption   *redemptionRow   `cbor:"36,keyasint,omitempty" since:"2"`
	Refill       *refillRow       `cbor:"37,keyasint,omitempty" since:"2"`
	Mailing      *mailingRow      `cbor:"38,keyasint,omitempty" since:"2"`
	Close        *closeRow        `cbor:"39,keyasint,omitempty" since:"2"`
	Unclaimed    *unclaimedRow    `cbor:"40,keyasint,omitempty" since:"2"`
	Campaign     *campaignRow     `cbor:"47,keyasint,omitempty" since:"2"`
	Issue        *issueRow        `cbor:"58,keyasint,omitempty" since:"2"`
	Plan         *planRow         `cbor:"41,keyasint,omitempty" since:"2"`
	Referral     *referralStepRow `cbor:"59,keyasint,omitempty" since:"2"`
	Agent        *agentRow        `cbor:"60,keyasint,omitempty" since:"2"`
}

// exchangeRow is what was paid and got in an exchange.
type exchangeRow struct {
	Pay    money          `cbor:"1,keyasint,omitzero" since:"2"`
	Get    money          `cbor:"2,keyasint,omitzero" since:"2"`
	Spread uint32         `cbor:"3,keyasint,omitempty" since:"2"`
	Rates  ledger.EntryNo `cbor:"4,keyasint,omitempty" since:"2"`
}

// changeRow is a setting that an entry has changed.
type changeRow struct {
	Name     string          `cbor:"1,keyasint,omitempty"`
	Old      string          `cbor:"2,keyasint,omitempty"`
	New      string          `cbor:"3,keyasint,omitempty"`
	Currency ledger.Currency `cbor:"4,keyasint,omitempty"`
	Fresh    bool            `cbor:"5,keyasint,omitempty"`
	Number   uint64          `cbor:"6,keyasint,omitempty" since:"2"`
}

// saleRow is flat, and without a link where the sale needed none: most of the journal's bytes are sales, and each level
// of a map costs two.
type saleRow struct {
	OfferVendor    ledger.VendorID   `cbor:"1,keyasint,omitempty"`
	OfferNumber    uint64            `cbor:"2,keyasint,omitempty"`
	Version        uint32            `cbor:"3,keyasint,omitempty"`
	Title          string            `cbor:"4,keyasint,omitempty"`
	ContentURL     string            `cbor:"5,keyasint,omitempty"`
	Quantity       uint32            `cbor:"6,keyasint,omitempty"`
	Price          money             `cbor:"7,keyasint,omitzero"`
	Commission     int64             `cbor:"8,keyasint,omitempty"`
	Royalties      []shareRow        `cbor:"9,keyasint,omitempty"`
	Bounds         boundsRow         `cbor:"10,keyasint,omitzero"`
	From           instant           `cbor:"11,keyasint,omitempty"`
	Until          instant           `cbor:"12,keyasint,omitempty"`
	CheckoutVendor ledger.VendorID   `cbor:"13,keyasint,omitempty"`
	CheckoutNumber uint64            `cbor:"14,keyasint,omitempty"`
	Link           *linkIDRow        `cbor:"15,keyasint,omitempty"`
	ClientRef      string            `cbor:"16,keyasint,omitempty"`
	Metadata       map[string]string `cbor:"17,keyasint,omitempty"`
	TxnID          string            `cbor:"18,keyasint,omitempty"`
	HoldUntil      instant           `cbor:"19,keyasint,omitempty"`
	Day            int64             `cbor:"20,keyasint,omitempty"`
	Week           int64             `cbor:"21,keyasint,omitempty"`
	Month          int64             `cbor:"22,keyasint,omitempty"`
	Plan           uint64            `cbor:"23,keyasint,omitempty" since:"2"`
	PlanVersion    uint32            `cbor:"24,keyasint,omitempty" since:"2"`
	PaysBuyer      bool              `cbor:"25,keyasint,omitempty" since:"2"`
	Reward         *rewardRow        `cbor:"26,keyasint,omitempty" since:"2"`
	Agent          uint32            `cbor:"27,keyasint,omitempty" since:"2"`
	Resource       *resourceRow      `cbor:"28,keyasint,omitempty" since:"2"`
}

// resourceRow is what a program pays for by HTTP.
type resourceRow struct {
	URL    string  `cbor:"1,keyasint,omitempty"`
	Method string  `cbor:"2,keyasint,omitempty"`
	Digest string  `cbor:"3,keyasint,omitempty"`
	UpTo   bool    `cbor:"4,keyasint,omitempty"`
	Until  instant `cbor:"5,keyasint,omitempty"`
}

func packResource(r *ledger.Resource) *resourceRow {
	if r == nil {
		return nil
	}
	return &resourceRow{URL: r.URL, Method: r.Method, Digest: r.Digest, UpTo: r.UpTo, Until: pack(r.Until)}
}

func (r *resourceRow) unpack() *ledger.Resource {
	if r == nil {
		return nil
	}
	return &ledger.Resource{URL: r.URL, Method: r.Method, Digest: r.Digest, UpTo: r.UpTo, Until: r.Until.time()}
}

// shareRow is what one payee gets of one sale.
type shareRow struct {
	Payee  ledger.PayeeID `cbor:"1,keyasint,omitempty"`
	Name   string         `cbor:"2,keyasint,omitempty"`
	Role   string         `cbor:"3,keyasint,omitempty"`
	Micros int64          `cbor:"4,keyasint,omitempty"`
}

var entries = codec[stored, entryRow]{writtenOnce: true, pack: packEntry, unpack: entryRow.unpack}

func packEntry(s stored) entryRow {
	e := &s.Entry
	r := entryRow{
		No: e.No, At: pack(e.At), Kind: e.Kind, Role: e.Actor.Role, Key: e.Actor.Key, User: e.User,
		Counterparty: e.Counterparty, Vendor: e.Vendor, Cause: e.Cause, Amount: packMoney(e.Amount),
		Postings: each(e.Postings, packLeg), Reason: e.Reason, PrevUser: s.PrevUser, PrevUser2: s.PrevUser2,
		PrevVendor: s.PrevVendor, Wallet: e.Wallet, Desk: packDesk(e.Desk), Biller: packAtBiller(e.Biller),
		Referral: packReferralStep(e.Referral),
	}
	if e.Sale != nil {
		r.Sale = packSale(e.Sale)
	}
	if e.Deposit != nil {
		d := packDeposit(*e.Deposit)
		r.Deposit = &d
	}
	if e.Receipt != nil {
		t := packReceipt(*e.Receipt)
		r.Receipt = &t
	}
	if e.Dispute != nil {
		d := packDispute(*e.Dispute)
		r.Dispute = &d
	}
	if e.Change != nil {
		r.Change = &changeRow{
			Name: e.Change.Name, Old: e.Change.Old, New: e.Change.New, Currency: e.Change.Currency, Fresh: e.Change.Fresh,
			Number: e.Change.Number,
		}
	}
	if e.Vault != nil {
		v := packVault(*e.Vault)
		r.Vault = &v
	}
	if e.Mandate != nil {
		m := packMandate(*e.Mandate)
		r.Mandate = &m
	}
	if e.Rates != nil {
		all := packRates(*e.Rates)
		r.Rates = &all
	}
	if e.Incentive != nil {
		i := packIncentive(*e.Incentive)
		r.Incentive = &i
	}
	if e.Campaign != nil {
		c := packCampaign(*e.Campaign)
		r.Campaign = &c
	}
	if e.Issue != nil {
		i := packIssue(*e.Issue)
		r.Issue = &i
	}
	if e.Bill != nil {
		b := packBill(*e.Bill)
		r.Bill = &b
	}
	if x := e.Exchange; x != nil {
		r.Exchange = &exchangeRow{Pay: packMoney(x.Pay), Get: packMoney(x.Get), Spread: x.Spread, Rates: x.Rates}
	}
	if e.PayAccount != nil {
		a := packPayAccount(*e.PayAccount)
		r.PayAccount = &a
	}
	if e.Mailing != nil {
		m := packMailing(*e.Mailing)
		r.Mailing = &m
	}
	if e.Close != nil {
		c := packClose(*e.Close)
		r.Close = &c
	}
	if e.Unclaimed != nil {
		u := packUnclaimed(*e.Unclaimed)
		r.Unclaimed = &u
	}
	if e.Settlement != nil {
		t := packSettlement(*e.Settlement)
		r.Settlement = &t
	}
	if v := e.Voice; v != nil {
		r.Voice = &voiceStepRow{Act: v.Act, Number: v.Number, Until: pack(v.Until)}
	}
	if e.Invite != nil {
		i := packInvite(*e.Invite)
		r.Invite = &i
	}
	if e.Redemption != nil {
		d := packRedemption(*e.Redemption)
		r.Redemption = &d
	}
	if e.Refill != nil {
		f := packRefill(*e.Refill)
		r.Refill = &f
	}
	if e.Plan != nil {
		p := packPlan(*e.Plan)
		r.Plan = &p
	}
	if e.Agent != nil {
		a := packAgent(*e.Agent)
		r.Agent = &a
	}
	return r
}

func (r entryRow) unpack() stored {
	s := stored{PrevUser: r.PrevUser, PrevUser2: r.PrevUser2, PrevVendor: r.PrevVendor}
	s.Entry = ledger.Entry{
		No: r.No, At: r.At.time(), Kind: r.Kind, Actor: ledger.Actor{Role: r.Role, Key: r.Key}, User: r.User,
		Counterparty: r.Counterparty, Vendor: r.Vendor, Cause: r.Cause, Amount: r.Amount.unpack(),
		Postings: each(r.Postings, leg.unpack), Reason: r.Reason, Wallet: r.Wallet,
		Biller: r.Biller.unpack(), Referral: r.Referral.unpack(),
	}
	if r.Sale != nil {
		s.Entry.Sale = r.Sale.unpack()
	}
	if r.Deposit != nil {
		d := r.Deposit.unpack()
		s.Entry.Deposit = &d
	}
	if r.Receipt != nil {
		t := r.Receipt.unpack()
		s.Entry.Receipt = &t
	}
	if r.Dispute != nil {
		d := r.Dispute.unpack()
		s.Entry.Dispute = &d
	}
	if r.Change != nil {
		s.Entry.Change = &ledger.Change{
			Name: r.Change.Name, Old: r.Change.Old, New: r.Change.New, Currency: r.Change.Currency, Fresh: r.Change.Fresh,
			Number: r.Change.Number,
		}
	}
	if r.Vault != nil {
		v := r.Vault.unpack()
		s.Entry.Vault = &v
	}
	if r.Mandate != nil {
		m := r.Mandate.unpack()
		s.Entry.Mandate = &m
	}
	if r.Rates != nil {
		all := r.Rates.unpack()
		s.Entry.Rates = &all
	}
	if r.Incentive != nil {
		i := r.Incentive.unpack()
		s.Entry.Incentive = &i
	}
	if r.Campaign != nil {
		c := r.Campaign.unpack()
		s.Entry.Campaign = &c
	}
	if r.Issue != nil {
		i := r.Issue.unpack()
		s.Entry.Issue = &i
	}
	if r.Bill != nil {
		b := r.Bill.unpack()
		s.Entry.Bill = &b
	}
	if r.Desk != nil {
		s.Entry.Desk = r.Desk.unpack()
	}
	if x := r.Exchange; x != nil {
		s.Entry.Exchange = &ledger.Exchange{
			Pay: x.Pay.unpack(), Get: x.Get.unpack(), Spread: x.Spread, Rates: x.Rates,
		}
	}
	if r.PayAccount != nil {
		a := r.PayAccount.unpack()
		s.Entry.PayAccount = &a
	}
	if r.Mailing != nil {
		m := r.Mailing.unpack()
		s.Entry.Mailing = &m
	}
	if r.Close != nil {
		c := r.Close.unpack()
		s.Entry.Close = &c
	}
	if r.Unclaimed != nil {
		u := r.Unclaimed.unpack()
		s.Entry.Unclaimed = &u
	}
	if r.Settlement != nil {
		t := r.Settlement.unpack()
		s.Entry.Settlement = &t
	}
	if v := r.Voice; v != nil {
		s.Entry.Voice = &ledger.VoiceStep{Act: v.Act, Number: v.Number, Until: v.Until.time()}
	}
	if r.Invite != nil {
		i := r.Invite.unpack()
		s.Entry.Invite = &i
	}
	if r.Redemption != nil {
		d := r.Redemption.unpack()
		s.Entry.Redemption = &d
	}
	if r.Refill != nil {
		f := r.Refill.unpack()
		s.Entry.Refill = &f
	}
	if r.Plan != nil {
		p := r.Plan.unpack()
		s.Entry.Plan = &p
	}
	if r.Agent != nil {
		a := r.Agent.unpack()
		s.Entry.Agent = &a
	}
	return s
}

func packSale(s *ledger.Sale) *saleRow {
	r := &saleRow{
		OfferVendor: s.Offer.Vendor, OfferNumber: s.Offer.Number, Version: s.Version, Title: s.Title,
		ContentURL: s.ContentURL, Quantity: s.Quantity, Price: packMoney(s.Price), Commission: s.Commission,
		Royalties: each(s.Royalties, func(p ledger.Share) shareRow {
			return shareRow{Payee: p.Payee, Name: p.Name, Role: p.Role, Micros: p.Micros}
		}),
		Bounds: packBounds(s.Grant.Bounds), From: pack(s.Grant.From), Until: pack(s.Grant.Until),
		CheckoutVendor: s.Checkout.Vendor, CheckoutNumber: s.Checkout.Number, ClientRef: s.ClientRef,
		Metadata: s.Metadata, TxnID: s.TxnID, HoldUntil: pack(s.HoldUntil), Day: s.Day, Week: s.Week, Month: s.Month,
		Plan: s.Plan, PlanVersion: s.PlanVersion, PaysBuyer: s.PaysBuyer, Reward: packReward(s.Reward),
		Agent:    s.Agent,
		Resource: packResource(s.Resource),
	}
	if s.Link != (ledger.LinkID{}) {
		l := packLinkID(s.Link)
		r.Link = &l
	}
	return r
}

func (r saleRow) unpack() *ledger.Sale {
	s := &ledger.Sale{
		Offer: ledger.OfferID{Vendor: r.OfferVendor, Number: r.OfferNumber}, Version: r.Version, Title: r.Title,
		ContentURL: r.ContentURL, Quantity: r.Quantity, Price: r.Price.unpack(), Commission: r.Commission,
		Royalties: each(r.Royalties, func(p shareRow) ledger.Share {
			return ledger.Share{Payee: p.Payee, Name: p.Name, Role: p.Role, Micros: p.Micros}
		}),
		Grant:    ledger.GrantTerms{Bounds: r.Bounds.unpack(), From: r.From.time(), Until: r.Until.time()},
		Checkout: ledger.CheckoutID{Vendor: r.CheckoutVendor, Number: r.CheckoutNumber}, ClientRef: r.ClientRef,
		Metadata: r.Metadata, TxnID: r.TxnID, HoldUntil: r.HoldUntil.time(), Day: r.Day, Week: r.Week, Month: r.Month,
		Plan: r.Plan, PlanVersion: r.PlanVersion, PaysBuyer: r.PaysBuyer, Reward: r.Reward.unpack(),
		Agent:    r.Agent,
		Resource: r.Resource.unpack(),
	}
	if r.Link != nil {
		s.Link = r.Link.unpack()
	}
	return s
}
