package view

import (
	"strconv"

	"tuppence/server/ledger"
)

// CampaignRequest opens a campaign of the service.
type CampaignRequest struct {
	Name      string // who gets something reads it
	Code      string // by which it is taken
	Budget    ledger.Amount
	Each      ledger.Amount
	Vendor    string // where the tokens buy, by its name; "": everywhere
	Audience  string // funded, new; "": funded
	PerWallet uint32 // gifts to one wallet; 0: one
	Days      uint32 // that a gift can be spent
	Open      uint32 // days until it ends
}

// Campaign is a sum that is set aside to be given away in equal parts (claim 7).
type Campaign struct {
	ID        string          `json:"id"`
	Name      string          `json:"name" doc:"Who gets something reads it."`
	Code      string          `json:"code,omitempty" doc:"By which a wallet takes a gift; left out: the vendor gives it."`
	State     State           `json:"state" doc:"proposed, open, ended or denied."`
	Each      ledger.Amount   `json:"each" doc:"What one gift is."`
	Budget    ledger.Amount   `json:"budget" doc:"What was set aside."`
	Left      ledger.Amount   `json:"left" doc:"What of it is not given."`
	Given     uint64          `json:"given" doc:"Gifts so far."`
	Audience  ledger.Audience `json:"audience" doc:"Who may get it: funded, new or chosen."`
	PerWallet uint32          `json:"per_wallet" doc:"Gifts to one wallet."`
	Vendor    string          `json:"vendor,omitempty" doc:"Where the tokens buy; left out: everywhere."`
	OfferID   string          `json:"offer_id,omitempty" doc:"The one offer that they buy; left out: all of the vendor."`
	By        string          `json:"by" doc:"Who has paid it in."`
	Days      uint32          `json:"days" doc:"How long a gift can be spent."`
	Created   Time            `json:"created"`
	Ends      Time            `json:"ends_at" doc:"Nothing is given from then on."`
}

// Facts tell a campaign.
func (c Campaign) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Campaign", Value: c.Name, Tone: Strong},
		{Label: "Code", Value: c.Code, Whole: true},
		state(c.State),
		{Label: "Each gets", Value: c.Each.String(), Whole: true},
		{Label: "Budget", Value: c.Budget.String(), Whole: true},
		{Label: "Left", Value: c.Left.String(), Whole: true},
		{Label: "Given", Value: strconv.FormatUint(c.Given, 10) + " times"},
		{Label: "For", Value: c.audience()},
		{Label: "Buys at", Value: c.where()},
		{Label: "Paid by", Value: c.By},
		{Label: "Ends", Value: f.Time(c.Ends)},
		id("Id", c.ID),
	}
}

// audience says who may get something.
func (c Campaign) audience() string {
	times := ", once"
	if c.PerWallet != 1 {
		times = ", " + strconv.FormatUint(uint64(c.PerWallet), 10) + " times each"
	}
	switch c.Audience {
	case ledger.AudienceNew:
		return "wallets with money of their own that are new at the vendor" + times
	case ledger.AudienceChosen:
		return "whom the vendor chooses" + times
	}
	return "wallets with money of their own" + times
}

// where is the vendor at which the tokens buy.
func (c Campaign) where() string { return Incentive{Vendor: c.Vendor}.where() }

// CampaignTable is a list of campaigns.
func CampaignTable(all []Campaign, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Code", Name: "code"},
		{Title: "Campaign", Elastic: true, Name: "name"},
		{Title: "State", Name: "state"},
		{Title: "Each", Right: true, Name: "each"},
		{Title: "Left", Right: true, Name: "left"},
		{Title: "Budget", Right: true, Drop: 2, Name: "budget"},
		{Title: "Ends", Drop: 1, Name: "ends_at"},
		{Title: "Id", Plain: true, Name: "id"},
	}}
	for _, c := range all {
		t.Rows = append(t.Rows, []Cell{
			{c.Code, Strong},
			{c.Name, Plain},
			stateCell(c.State),
			{c.Each.Number(), Plain},
			{c.Left.String(), Plain},
			{c.Budget.Number(), Plain},
			{f.Time(c.Ends), Faint},
			{c.ID, Plain},
		})
	}
	return t
}
