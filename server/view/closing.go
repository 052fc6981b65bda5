package view

import "tuppence/server/ledger"

// Unfinished is what has to be done before a wallet closes.
type Unfinished struct {
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

// Closing is what the end of a wallet means, or that it has ended.
type Closing struct {
	Handle   string              `json:"handle"`
	State    State               `json:"state"`
	Balances List[ledger.Amount] `json:"balances"`
	Rest     List[ledger.Amount] `json:"rest"`     // less than the smallest coin: the code brings it back
	GivenUp  List[ledger.Amount] `json:"given_up"` // given tokens that return to who gave them
	First    List[Unfinished]    `json:"first"`    // what has to be done first
	Code     string              `json:"code"`     // claims what comes in later; once, when the wallet has closed
}

// Facts are what the end of a wallet means.
func (c Closing) Facts(Format) []Fact {
	all := []Fact{{Label: "Wallet", Value: c.Handle, Whole: true}, state(c.State)}
	for _, a := range c.Balances {
		all = append(all, Fact{Label: "Balance", Value: a.String(), Whole: true, Tone: Strong})
	}
	for _, a := range c.Rest {
		all = append(all, Fact{Label: "Kept for the code", Value: a.String(), Whole: true})
	}
	for _, a := range c.GivenUp {
		all = append(all, Fact{Label: "Goes back to its givers", Value: a.String(), Whole: true, Tone: Warn})
	}
	for _, one := range c.First {
		all = append(all, Fact{Label: "First", Value: one.What, Tone: Warn})
		all = append(all, Fact{Label: "How", Value: one.Remedy})
	}
	return all
}

// ClosingMeans is what closing a wallet does, on every surface.
const ClosingMeans = "Its keys, permissions, weekly budgets, mandates and access by phone end, and your bank " +
	"accounts and addresses are deleted. Nothing brings the wallet back. Save your history first with: export"

// ClosedClaim is what came into a closed wallet and is in the new one now.
type ClosedClaim struct {
	Handle  string              `json:"handle"` // of the closed wallet
	Amounts List[ledger.Amount] `json:"amounts"`
	Later   List[ledger.Amount] `json:"later"` // what its payer can still take back: it stays
}

// Facts are what was claimed.
func (c ClosedClaim) Facts(Format) []Fact {
	all := []Fact{{Label: "Closed wallet", Value: c.Handle, Whole: true}}
	for _, a := range c.Amounts {
		all = append(all, Fact{Label: "Received", Value: a.String(), Whole: true, Tone: Strong})
	}
	for _, a := range c.Later {
		all = append(all, Fact{Label: "Stays for now", Value: a.String(), Whole: true, Tone: Warn})
	}
	return all
}
