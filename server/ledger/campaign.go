package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// CampaignState is how far a campaign has come. The words are stored.
type CampaignState string

// States of a campaign.
const (
	CampaignProposed CampaignState = "proposed" // waits for a second person; nothing is paid in
	CampaignOpen     CampaignState = "open"
	CampaignEnded    CampaignState = "ended" // what was left went back to who had paid it in
	CampaignDenied   CampaignState = "denied"
)

// Events in the life of a campaign.
const (
	campaignApproves = "a second person approves it"
	campaignDenies   = "it is denied, or its time is over"
	campaignEnds     = "it is closed, or its time is over"
)

// campaignStates is the life of a campaign.
var campaignStates = machine[CampaignState]{
	{CampaignProposed, campaignApproves, CampaignOpen},
	{CampaignProposed, campaignDenies, CampaignDenied},
	{CampaignOpen, campaignEnds, CampaignEnded},
}

// Audience is who may get something of a campaign. The words are stored.
type Audience string

// Audiences. A key is free and a wallet costs nothing: what anybody may take, one person takes many times. So as much
// money of one's own is asked for as is given, unless the issuer hands out each gift itself: it leaves the wallet no
// sooner than it cannot be taken back any more.
const (
	AudienceFunded Audience = "funded" // wallets that have paid in as much of their own
	AudienceNew    Audience = "new"    // of those, who has bought nothing at the vendor yet
	AudienceChosen Audience = "chosen" // whom the vendor gives it to; nobody takes it by the code
)

// CampaignExhausted is the change that an entry tells which gives the last of a campaign.
const CampaignExhausted = "exhausted"

const (
	maxCampaignName   = 60
	minCampaignCode   = 4
	maxCampaignCode   = 24
	maxCampaignWallet = 10  // gifts of one campaign to one wallet
	maxCampaignGifts  = 1e6 // gifts of one campaign
	maxOpenCampaigns  = 20  // of one issuer
	campaignLife      = 366 * day
)

// Campaign is a sum that the service or a vendor has set aside to give away in equal parts (claim 7): what is promised
// is there. Its money is in account 2140 under its number; what is left there is what can still be given.
type Campaign struct {
	No        EntryNo  // the entry that proposed or opened it
	Vendor    VendorID // where its tokens buy; 0: everywhere
	ByVendor  bool     // that vendor has paid it in; else the service has
	Name      string   // who gets something reads it
	Code      string   // typed by who takes it; "" where the vendor gives it alone
	Audience  Audience
	Each      int64         // micros of one gift, in the currency of the budget
	Budget    Amount        // paid in at the beginning
	PerWallet uint32        // gifts to one wallet
	Offer     uint64        // the one offer of the vendor that its tokens buy; 0: all of them
	Life      time.Duration // how long a gift can be spent
	State     CampaignState
	By        string // fingerprint of who has proposed it
	Created   time.Time
	Ends      time.Time // nothing is given from then on
	Returned  int64     // micros that nobody got and that went back at the end
}

// account is where the money of a campaign waits.
func (c Campaign) account() Account { return Account{PromoEscrow, c.Budget.Currency, uint64(c.No)} }

// Given is how many gifts were given, where so many micros are left in account 2140.
func (c Campaign) Given(left int64) int64 {
	if c.State == CampaignProposed || c.State == CampaignDenied {
		return 0
	}
	return (c.Budget.Micros - left - c.Returned) / c.Each
}

// Gift is what one gift of the campaign is worth.
func (c Campaign) Gift() Amount { return Amount{c.Each, c.Budget.Currency} }

// CampaignFacts is what a decision about a campaign needs to know.
type CampaignFacts struct {
	No       EntryNo
	Campaign Campaign // a zero one is new
	Left     int64    // micros of it in account 2140
	Open     int      // campaigns of the same issuer that are proposed or open
	Taken    bool     // another one has the code
	Till     Till     // of the vendor who pays
	Policy   Policy
	Staff    Staff
	Proposer Staff // approve
	Actor    Actor
}

// CampaignOutcome is a campaign after a step.
type CampaignOutcome struct {
	Entry    Entry
	Campaign Campaign
}

// OpenCampaign pays in what is to be given away. A vendor pays it out of what it has earned. What the service gives
// above two_persons is proposed, and opened when another person approves.
//
// It refuses with ErrInvalid what is out of bounds, with ErrState a code of another campaign or a vendor who has too
// little, and with ErrLimit more campaigns than an issuer may have open.
func OpenCampaign(c Campaign, f CampaignFacts, now time.Time) (out CampaignOutcome, err error) {
	if c, err = c.check(f, now); err != nil {
		return out, err
	}
	if f.Open >= maxOpenCampaigns {
		return out, Refuse(ErrLimit, "Close one of them first.", "%d campaigns are open already.", maxOpenCampaigns)
	}
	c.No, c.State, c.By, c.Created = f.No, CampaignOpen, f.Actor.Key, instant(now)
	if !c.ByVendor && f.Policy.NeedsTwo(c.Budget) {
		c.State = CampaignProposed
		return f.step(c, nil, now), nil
	}
	from, err := f.paysIn(c)
	return f.step(c, from, now), err
}

// ApproveCampaign is the yes of a second person. It refuses with ErrState one that does not wait, and with
// ErrNotAllowed who has proposed it, whatever key that person has.
func ApproveCampaign(f CampaignFacts, now time.Time) (out CampaignOutcome, err error) {
	c := f.Campaign
	if !now.Before(c.Ends) {
		return out, RefuseState("campaign", "over")
	}
	if c.State, err = f.next(campaignApproves); err != nil {
		return out, err
	}
	if err := SecondPerson(f.Proposer, f.Staff, f.Policy, c.Budget, "proposed", "approve"); err != nil {
		return out, err
	}
	from, err := f.paysIn(c)
	return f.step(c, from, now), err
}

// EndCampaign ends a campaign: what nobody got goes back to who paid it in. What was given stays with who has it. It
// refuses with ErrState one that has ended.
func EndCampaign(f CampaignFacts, now time.Time) (out CampaignOutcome, err error) {
	c, event := f.Campaign, campaignEnds
	if c.State == CampaignProposed {
		event = campaignDenies
	}
	if c.State, err = f.next(event); err != nil {
		return out, err
	}
	var back []Posting
	if f.Left > 0 {
		c.Returned = f.Left
		back = []Posting{{c.account(), f.Left}, {c.lot().Payer(c.Budget.Currency), -f.Left}}
	}
	return f.step(c, back, now), nil
}

// next is the state after an event.
func (f CampaignFacts) next(event string) (CampaignState, error) {
	to, can := campaignStates.next(f.Campaign.State, event)
	if !can {
		return to, RefuseState("campaign", string(f.Campaign.State))
	}
	return to, nil
}

// step is the entry of a step.
func (f CampaignFacts) step(c Campaign, postings []Posting, now time.Time) CampaignOutcome {
	e := entry(f.No, now, KindCampaign, f.Actor)
	if e.Amount, e.Postings, e.Campaign = c.Budget, nonzero(postings), &c; c.No != f.No {
		e.Cause = c.No
	}
	if len(postings) > 0 && c.State == CampaignEnded {
		e.Amount.Micros = f.Left
	}
	if c.ByVendor {
		e.Vendor = c.Vendor
	}
	return CampaignOutcome{e, c}
}

// paysIn is where the money of a campaign comes from.
func (f CampaignFacts) paysIn(c Campaign) ([]Posting, error) {
	m, in := c.Budget.Micros, c.Budget.Currency
	to := Posting{c.account(), -m}
	if !c.ByVendor {
		return []Posting{{Account{PromoGiven, in, 0}, m}, to}, nil
	}
	from, err := f.Till.gives(m, c.Vendor, in)
	return append(from, to), err
}

// gives are the postings by which a vendor pays for what is given away: of what was earned lately first, because what
// is not used returns there. It refuses with ErrState more than it has.
func (t Till) gives(m int64, v VendorID, c Currency) ([]Posting, error) {
	if t.Pending+t.Available < m {
		return nil, Refuse(ErrState, "Give less, or sell more first.", "Incentives are paid out of what you have earned: %s.",
			Amount{max(t.Pending+t.Available, 0), c})
	}
	part := min(m, max(t.Pending, 0))
	return []Posting{{Account{VendorPending, c, uint64(v)}, part}, {Account{VendorAvailable, c, uint64(v)}, m - part}}, nil
}

// check refuses what cannot be opened, and cleans the texts.
func (c Campaign) check(f CampaignFacts, now time.Time) (Campaign, error) {
	name, err := typedLine("name", c.Name, maxCampaignName)
	if err != nil {
		return c, err
	}
	c.Name, c.Code = name, CampaignCode(c.Code)
	c.Ends = instant(c.Ends)
	if c.Audience == "" {
		c.Audience = AudienceFunded
	}
	if c.PerWallet == 0 {
		c.PerWallet = 1
	}
	if err := checkHeld(c.Budget.Currency, f.Policy.Currencies); err != nil {
		return c, named(err, "budget")
	}
	most := Amount{f.Policy.In(c.Budget.Currency).IncentiveMax, c.Budget.Currency}
	switch {
	case c.Name == "":
		return c, Invalid("name", "Give it a name: who gets something reads it.", "The name is missing.")
	case c.Each < 1 || c.Each > most.Micros:
		return c, Invalid("each", "Give at most "+most.String()+" at a time.", "What each gets is out of bounds.")
	case c.Budget.Micros < c.Each || c.Budget.Micros/c.Each > maxCampaignGifts || c.Budget.Micros > MaxMicros:
		return c, Invalid("budget", "Set aside enough for 1 to 1000000 gifts.", "The budget is out of bounds.")
	case c.PerWallet > maxCampaignWallet:
		return c, Invalid("per_wallet", "Give one wallet 1 to 10 gifts.", "The gifts of one wallet are out of bounds.")
	case c.Life < time.Hour || c.Life > incentiveLife:
		return c, Invalid("days", "Let them be spent for 1 to 732 days.", "The time is out of bounds.")
	case !c.Ends.After(now) || c.Ends.After(now.Add(campaignLife)):
		return c, Invalid("ends_at", "Let it end within a year from now.", "The end is out of bounds.")
	case c.Offer != 0 && !c.ByVendor:
		return c, Invalid("offer_id", "Name the vendor alone.", "Only a vendor can give for one offer.")
	}
	return c, c.checkAudience(f.Taken)
}

// checkAudience refuses who cannot be the audience, and a code that does not fit it.
func (c Campaign) checkAudience(taken bool) error {
	switch c.Audience {
	case AudienceChosen:
		if !c.ByVendor {
			return Invalid("audience", "Say funded or new.", "Staff give to chosen wallets with: incentive give.")
		}
		if c.Code != "" {
			return Invalid("code", "Leave the code out, or let the audience be funded or new.",
				"What you give to chosen buyers is not taken by a code.")
		}
		return nil
	case AudienceFunded:
	case AudienceNew:
		if c.Vendor == 0 {
			return Invalid("audience", "Name a vendor, or say funded.", "New buyers are new at a vendor.")
		}
	default:
		return Invalid("audience", "Say funded, new or chosen.", "There is no audience %q.",
			CleanLine(string(c.Audience), 20))
	}
	switch {
	case c.Code == "":
		return Invalid("code", "Choose 4 to 24 letters and digits.", "The code is missing by which it is taken.")
	case taken:
		return Refuse(ErrState, "Choose another one.", "Another campaign has the code %s.", c.Code)
	}
	return nil
}

// CampaignCode is a code as it is compared: capitals and digits; "" if it is none.
func CampaignCode(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	other := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
	if len(s) < minCampaignCode || len(s) > maxCampaignCode || strings.ContainsFunc(s, other) {
		return ""
	}
	return s
}

// lot is an empty gift of the campaign.
func (c Campaign) lot() IncentiveLot {
	return IncentiveLot{Vendor: c.Vendor, ByVendor: c.ByVendor, Campaign: c.No, Offer: c.Offer}
}

// TakeFacts is what a decision about a gift of a campaign needs to know.
type TakeFacts struct {
	No       EntryNo
	Campaign Campaign
	Left     int64 // micros of it in account 2140
	Had      int   // gifts of it that the wallet has had
	User     User
	Wallet   Wallet // in the currency of the campaign
	Link     *Link  // with its vendor; nil: never bought there
	Reason   string // why the vendor gives it, for who gets it; "": the name of the campaign
}

// TakeGift gives a wallet one gift of a campaign (claim 7). a is the owner of the wallet, who has typed the code, or
// the vendor whose campaign it is.
//
// It refuses with ErrFrozen, with ErrState a campaign that is over or has nothing left, with ErrNotAllowed who is not
// of its audience, and with ErrLimit who has had enough of it, or holds as much as a wallet can.
func TakeGift(a Actor, f TakeFacts, now time.Time) (out IncentiveOutcome, err error) {
	c := f.Campaign
	switch {
	case f.User.Status != UserActive:
		return out, refuseFrozen()
	case c.State != CampaignOpen || !now.Before(c.Ends):
		return out, Refuse(ErrState, "Nothing more is given of it.", "The campaign is over.")
	case f.Left < c.Each:
		return out, Refuse(ErrState, "Others were faster. Nothing more is given of it.", "All of the campaign is given.")
	case f.Had >= int(c.PerWallet):
		no := Refuse(ErrLimit, "Leave the rest to others.", "One wallet gets %d of this campaign.", c.PerWallet)
		no.Limit = "per_wallet"
		return out, no
	}
	if err := c.admits(f); err != nil {
		return out, err
	}
	if err := f.Wallet.holdsAnother(c.ByVendor, c.Vendor, now); err != nil {
		return out, err
	}
	reason, err := typedText("reason", f.Reason, maxReason)
	if err != nil {
		return out, err
	}
	e := entry(f.No, now, KindIncentive, a)
	e.User, e.Amount, e.Reason, e.Cause = f.User.ID, c.Gift(), cmp.Or(reason, c.Name), c.No
	if c.ByVendor {
		e.Vendor = c.Vendor
	}
	e.Postings = []Posting{{c.account(), c.Each}, {Account{Promo, c.Budget.Currency, uint64(f.No)}, -c.Each}}
	i := Incentive{
		No: f.No, User: f.User.ID, Amount: c.Gift(), Vendor: c.Vendor, ByVendor: c.ByVendor, Campaign: c.No, Offer: c.Offer,
		Created: e.At, Expires: instant(now.Add(c.Life)),
	}
	e.Incentive = &i
	if f.Left < 2*c.Each {
		e.Change = &Change{Name: "campaign", New: CampaignExhausted}
	}
	return IncentiveOutcome{Entry: e, Incentive: i}, nil
}

// admits refuses who is not of the audience.
func (c Campaign) admits(f TakeFacts) error {
	if c.Audience == AudienceChosen { // the vendor has chosen: it alone reaches this with such a campaign
		return nil
	}
	if f.Wallet.Past.PaidIn < c.Each {
		return Refuse(ErrNotAllowed, "Add funds first.",
			"This is given to wallets that have paid in %s of their own or more.", c.Gift())
	}
	if c.Audience == AudienceNew && f.Link != nil && f.Link.Count > 0 {
		return Refuse(ErrNotAllowed, "It is for those who have not.", "You have bought at this vendor already.")
	}
	return nil
}

// takes returns whether a gift of a campaign of its vendor, 0 for one of none, buys the offer. An offer that names
// campaigns is bought with theirs alone (claim 44).
func (o Offer) takes(campaign EntryNo) bool {
	return len(o.Campaigns) == 0 || slices.Contains(o.Campaigns, campaign)
}
