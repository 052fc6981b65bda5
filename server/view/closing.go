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
	// Good is from when on the code is good, and until when the recovery code that the wallet had opens it again.
	Good Time `json:"code_good_from"`
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
	"accounts and addresses are deleted. For 30 days your recovery code opens the wallet again; after that nothing " +
	"does. Save your history first with: export"

// ClosedMeans tells what the two codes of a wallet that has closed are good for.
func (c Closing) ClosedMeans(f Format) string {
	return "From " + f.Time(c.Good) + " on this code brings what comes in later, such as a refund, to a new wallet. " +
		"Until then the recovery code that you have does, and it opens the closed wallet again: keep both."
}

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
