package view_test

import (
	"maps"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// factLists has what every description by facts makes of things whose texts are all the same.
func factLists(text string, f view.Format) map[string][]view.Fact {
	at, eur := view.At(noon), ledger.Amount{Micros: 1_250_000, Currency: "EUR"}
	row := view.Row{ID: text, At: at, Kind: text, Vendor: text, Title: text, State: view.State(text), Amount: eur}
	detail := view.Detail{
		Row: row, TxnID: text, Offer: text, URL: text, Returned: eur, Hash: text, CanDispute: true, DisputeBy: at,
	}
	request := view.Approval{
		Terms: view.Terms{
			Code: text, Mode: ledger.ModeCharge, Status: view.State(text), Vendor: text, Site: text, Title: text, What: text,
			Bounds: view.Bounds{Views: 5, Hours: 2, Days: 3, Expires: at}, Price: eur, Ask: &view.Limits{PerDay: 5},
		},
		Before: eur, After: eur, DaySpent: eur, DayMax: &eur, Purchases: 2,
		Record: &view.VendorRecord{Of: 20, ForBuyer: 3, Answers: text}, Expires: at, Refused: text,
	}
	exchange := view.Exchange{
		ID: text, Pay: eur, Get: eur, Rate: text, RatesOf: text, Spread: text, Cost: eur, Quote: text, Until: at, At: at,
		After: []ledger.Amount{eur, eur},
	}
	detail.Exchange = &exchange
	redemption, refill := redemptionOf(text, at, eur), refillOf(text, at, eur)
	all := shopFacts(text, f)
	maps.Copy(all, map[string][]view.Fact{
		"Closing.Facts": view.Closing{
			Handle: text, State: view.State(text), Balances: []ledger.Amount{eur}, Rest: []ledger.Amount{eur},
			GivenUp: []ledger.Amount{eur}, First: []view.Unfinished{{What: text, Remedy: text}}, Code: text,
		}.Facts(f),
		"ClosedClaim.Facts": view.ClosedClaim{
			Handle: text, Amounts: []ledger.Amount{eur}, Later: []ledger.Amount{eur},
		}.Facts(f),
		"Detail.Facts": detail.Facts(f), "Detail.Proof": detail.Proof(),
		"Dispute.Facts": view.Dispute{
			ID: text, Purchase: text, Vendor: text, Title: text, Amount: eur, Reason: text, Text: text,
			State: view.State(text), Opened: at, DueBy: at, Note: text, Handle: text, Notes: []string{text, text},
		}.Facts(f),
		"Dispute.Timeline": view.Dispute{
			Vendor: text, Case: []view.CaseStep{{At: at, Who: "vendor", What: "offered", Amount: &eur, Text: text}},
		}.Timeline(f),
		"Approval.Facts": request.Facts(f), "Approval.Request": request.Request(f), "Approval.Sums": request.Sums(),
		"Receipt.Facts": view.Receipt{
			ID: text, Status: view.State(text), Vendor: text, Title: text, Amount: eur, After: eur, Link: text, At: at,
		}.Facts(f),
		"Deposit.Facts": view.Deposit{
			ID: text, Method: text, Amount: eur, Fee: eur, State: view.State(text), Reference: text, Created: at, Expires: at,
			Reason: text, Handle: text, Simulated: true, Channel: text, Order: text, Due: at, Bill: text,
		}.Facts(f),
		"Unallocated.Facts": view.Unallocated{
			ID: text, Source: text, Amount: eur, Text: text, Mark: text, State: view.State(text), Created: at, Deposit: text,
			Handle: text, About: text, Near: true, Reason: text, Simulated: true,
		}.Facts(f),
		"BankAccount.Facts": view.BankAccount{
			ID: text, Account: text, Currency: "EUR", State: view.State(text), Added: at, Removed: at, Mandate: text,
		}.Facts(f),
		"Mandate.Facts": view.Mandate{
			ID: text, Account: text, Most: eur, State: view.State(text), Agreed: at, Key: text, Text: text, Reason: text,
		}.Facts(f),
		"Resumed.Facts": view.Resumed{Restored: at, Restores: 2, Resumed: at, Reason: text}.Facts(f),
		"BankFile.Facts": view.BankFile{
			ID: text, Method: text, Network: text, Created: at, Sent: at, Debits: 2, Asked: 1, Sum: eur, Hash: text,
		}.Facts(f),
		"PayLink.Facts": view.PayLink{
			Code: text, URL: text, Expires: at, Deposit: text, Handle: text, Amount: eur, State: view.State(text),
			Simulated: true,
		}.Facts(f),
		"Voice.Facts": view.Voice{
			State: view.State(text), Number: text, PIN: text, Line: text, Set: at, LockedUntil: at, Wrong: 2, Asked: true,
			Paused: true,
		}.Facts(f),
		"Invite.Facts": view.Invite{
			ID: text, Code: text, Type: text, State: view.State(text), By: text, Created: at, Expires: at, Handle: text,
		}.Facts(f),
		"Address.Facts": view.Address{Mask: text, Country: text, Added: at, Removed: at}.Facts(f),
		"Month.Facts":   view.Month{Month: text, From: at, Until: at, Last: 3, Head: text}.Facts(f),
		"Unclaimed.Facts": view.Unclaimed{
			Handle: text, State: view.State(text), Amount: eur, Announced: at, Since: at, Remitted: eur, Asked: true,
		}.Facts(f),
		"ClosedMethod.Facts": view.ClosedMethod{Name: text, State: view.State(text), Reason: text, Since: at}.Facts(f),
		"OrderCredit.Facts":  view.OrderCredit{Handle: text, Limit: eur, Used: eur}.Facts(f),
		"Biller.Facts": view.Biller{
			Name: text, Title: text, Kind: text, Cap: eur, Cost: text, Closed: true, Account: text, State: view.State(text),
		}.Facts(f),
		"BillerRead.Facts": view.BillerRead{Biller: text, Lines: 7, Accepted: 1, Rejected: 1, Apart: 1, Again: true}.Facts(f),
		"Frozen.Facts": view.Frozen{
			Handle: text, State: view.State(text), Reason: text, Owed: []ledger.Amount{eur},
		}.Facts(f),
		"Mirror.Facts": view.Mirror{
			Handle: text, State: view.State(text), Opened: at, Locked: at, Members: 2, Linked: 1, Blocked: 1, Asked: 1, Won: 1,
			Accounts: []view.Wallet{{
				Currency: "EUR", Available: eur, Held: eur, Limits: []view.Limit{{Period: text, Max: &eur, Used: eur}},
			}}, Seen: view.Look{Who: text, Reason: text, Words: text},
		}.Facts(f),
		"CaseFile.Facts": view.CaseFile{ID: text, Kind: text, Handle: text, CaseNotes: view.CaseNotes{
			With: text, Until: at, Notes: []view.CaseNote{{At: at, By: text, Text: text}},
		}}.Facts(f),
		"CaseNotes.Facts": view.CaseNotes{
			With: text, Until: at, Notes: []view.CaseNote{{At: at, By: text, Text: text}},
		}.Facts(f),
		"Deed.Facts": view.Deed{
			Act: text, State: view.State(text), Proposal: text, Handle: text, Purchase: text, Amount: eur, Reason: text,
			By: text, Created: at, Expires: at, Decider: text, Decided: at, Why: text, Entry: 3,
		}.Facts(f),
		"VendorState.Facts": view.VendorState{Name: text, State: view.State(text), Reason: text}.Facts(f),
		"WriteMode.Facts":   view.WriteMode{On: true, Reason: text, Words: text, Until: at}.Facts(f),
		"Transfer.Facts": view.Transfer{
			ID: text, Amount: eur, State: view.State(text), Code: text, Created: at, Expires: at, After: &eur,
		}.Facts(f),
		"Link.Facts": view.Link{
			ID: text, Vendor: text, Title: text, Site: text, Currency: "EUR", Status: text, Count: 3, Spent: eur,
			Limits: []view.Limit{{Period: text, Max: &eur}}, Created: at, Expires: at,
		}.Facts(f),
		"Grant.Facts": view.Grant{
			ID: text, Status: view.State(text), ViewsTotal: 5, ViewsUsed: 1, From: at, Until: at, Hours: 36, URL: text,
		}.Facts(f),
		"Key.Facts": view.Key{
			Fingerprint: text, Name: text, Added: at, LastUsed: text, Here: true, NewUntil: at,
		}.Facts(f),
		"RoyaltyPlan.Facts": plan(text, eur).Facts(f),
		"TokenIssue.Facts":  issueOf(text, at, eur).Facts(f),
		"Agent.Facts":       agentOf(text, at, eur).Facts(f),
		"Campaign.Facts":    campaignOf(text, at, eur).Facts(f),
		"Referral.Facts": view.Referral{
			Vendor: text, Version: 2, Share: text, Since: at, Waiting: []ledger.Amount{eur}, ReferralFor: view.ReferralFor{
				Active: true, Rate: text, Days: 365, Most: text, Code: text, URL: text, Users: 12,
				Earned: view.List[ledger.Amount]{eur},
			},
		}.Facts(f),
		"Incentive.Facts": view.Incentive{
			ID: text, Amount: eur, Left: eur, Vendor: text, By: text, Reason: text, State: view.State(text), Expires: at,
			Handle: text,
		}.Facts(f),
		"Postpaid.Facts": view.Postpaid{
			Handle: text, State: view.State(text), Line: eur, Owed: eur, Left: eur, Unbilled: eur, NextBill: at, Asked: true,
			Bills: []view.Bill{{Number: 2, Amount: eur, Left: eur, Due: at, Reference: text, Reminder: 1}},
		}.Facts(f),
		"Exchange.Facts": exchange.Facts(f), "Exchange.Terms": exchange.Terms(),
		"RatesLoaded.Facts": view.RatesLoaded{Day: text, Rates: 2, Skipped: []string{text}, Again: true}.Facts(f),
		"SettleRun.Facts": view.SettleRun{
			Run: 3, At: at, Vendor: text, Tills: 3, Settled: 3, Payouts: []ledger.Amount{eur, eur}, Behind: text,
		}.Facts(f),
		"Settlement.Facts": view.Settlement{
			ID: text, Vendor: text, Payee: text, State: view.State(text), Amount: eur, Fee: eur, Until: at, Opening: eur,
			Sales: eur, Refunds: eur, Disputes: eur, Back: eur, Other: eur, Commission: eur, Royalties: eur, Carried: eur,
			Reserve: eur, Digest: text, Head: text, Way: text, To: text, File: text, Before: text, After: text, Reason: text,
		}.Facts(f),
		"PayoutFile.Facts": view.PayoutFile{
			ID: text, Name: text, Payouts: 3, Total: eur, Created: at, Digest: text, Waiting: 3,
		}.Facts(f),
		"Redemption.Facts": redemption.Facts(f),
		"RedeemTerms.Facts": view.RedeemTerms{
			Amount: eur, Fee: eur, Arrives: eur, To: text, Account: text, Waits: true,
		}.Facts(f),
		"RedemptionFile.Facts": view.RedemptionFile{
			ID: text, Way: text, Created: at, Redemptions: 3, Sum: eur, Hash: text, Passed: 2,
		}.Facts(f),
		"Refill.Facts": refill.Facts(f),
		"House.Terms": view.House{
			Name: text, Simulated: true, Currencies: []ledger.Currency{"EUR"}, Commission: text,
			Window: view.Seconds(time.Hour),
		}.Terms(),
	})
	return all
}

// plan is a royalty plan whose texts are all the same.
func plan(text string, eur ledger.Amount) view.RoyaltyPlan {
	return view.RoyaltyPlan{
		ID: text, Version: 2, Name: text, Currency: "EUR", Default: true, Created: view.At(noon),
		Lines: []view.Royalty{{Payee: text, Role: text, Share: 1250}, {Payee: text, Role: text, Fixed: &eur}},
	}
}

func redemptionOf(text string, at view.Time, a ledger.Amount) view.Redemption {
	return view.Redemption{
		ID: text, State: view.State(text), Amount: a, Fee: a, Arrives: a, To: text, Account: text, Link: text, Deposit: text,
		Why: "surplus", File: text, Reason: text, Created: at, Updated: at, Handle: text, Waits: true, Simulated: true,
	}
}

func refillOf(text string, at view.Time, a ledger.Amount) view.Refill {
	return view.Refill{
		Currency: "EUR", State: view.State(ledger.RefillActive), Budget: a, Weekday: "monday", Account: text, Bank: text,
		Surplus: true, Due: at, Week: "2026-W53", Announced: true, Returns: 1, Reason: text,
	}
}

func issueOf(text string, at view.Time, a ledger.Amount) view.TokenIssue {
	return view.TokenIssue{
		ID: text, State: view.State(text), Amount: a, Count: 3, Redeemed: 1, Left: a, To: text, Reason: text, By: text,
		Created: at, Ends: at, Codes: []string{text},
	}
}

func agentOf(text string, at view.Time, a ledger.Amount) view.Agent {
	return view.Agent{
		Name: text, Fingerprint: text, Status: text, Each: a, Day: a, Total: &a, SpentToday: a, ResetsAt: at, Spent: a,
		Purchases: 3, Waiting: 1, Vendors: []string{text}, Added: at, AddedBy: text, Expires: at, Ended: at, LastUsed: text,
	}
}

func campaignOf(text string, at view.Time, a ledger.Amount) view.Campaign {
	return view.Campaign{
		ID: text, Name: text, Code: text, State: view.State(text), Each: a, Budget: a, Left: a, Given: 3,
		Audience: ledger.AudienceNew, PerWallet: 2, Vendor: text, OfferID: text, By: text, Days: 3, Created: at, Ends: at,
	}
}
