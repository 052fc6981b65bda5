package commandtest

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// splitOf is who got what of a price: 5 % commission, rounded up to the micro, then 20 % of the rest to the author, 10
// % to the publisher. The lines add up to zero, as the postings of an entry do (claims 1, 2).
func splitOf(price ledger.Amount, vendor string) []view.Line {
	c := price.Currency
	commission := (price.Micros*5 + 99) / 100
	net := price.Micros - commission
	author, publisher := net*20/100, net*10/100
	return []view.Line{
		{Who: "you", Amount: ledger.Amount{Micros: -price.Micros, Currency: c}},
		{Who: vendor, Amount: ledger.Amount{Micros: net - author - publisher, Currency: c}},
		{Who: "Jana Weiss (author)", Amount: ledger.Amount{Micros: author, Currency: c}},
		{Who: "River Press (publisher)", Amount: ledger.Amount{Micros: publisher, Currency: c}},
		{Who: "tuppence (commission)", Amount: ledger.Amount{Micros: commission, Currency: c}},
	}
}

// fillHistory has a row of each kind. One title is in another script, whose characters are two cells wide: columns that
// are aligned by bytes or by characters show it.
func (d *Data) fillHistory() {
	row := func(id string, at view.Time, kind, vendor, title string, state view.State, amount ledger.Amount) view.Row {
		return view.Row{
			ID: id, At: at, Kind: kind, Vendor: vendor, Title: title, State: state, Amount: amount,
			CanOpen: state == "paid", Disputed: state == "disputed",
		}
	}
	news, video := "acme-news", "acme-video"
	d.Rows = []view.Row{
		row("chg_8f3ka", at(24, 13, 2), "purchase", news, "How rivers freeze", "paid", EUR(-250_000)),
		row("chg_8f2xw", at(24, 12, 40), "purchase", news, "Crossword 412", "paid", EUR(-100_000)),
		row("dep_7c1mm", at(24, 9, 15), "deposit", "", "Card", "succeeded", EUR(10_000_000)),
		row("chg_7zq4d", at(23, 19, 11), "purchase", video, "Lecture 7: 氷の物理学", "paid", EUR(-1_200_000)),
		row("rfd_7zp0s", at(22, 16, 5), "refund", video, "Lecture 6", "refunded", EUR(1_200_000)),
		row("chg_7yk9h", at(21, 8, 30), "purchase", news, "Archive week", "disputed", EUR(-2_000_000)),
		row("trf_7xa3e", at(20, 18, 0), "transfer_out", "", "Sent", "claimed", EUR(-3_000_000)),
		row("dep_7w8bb", at(18, 10, 0), "deposit", "", "Check by post", "uncollected", USD(25_000_000)),
	}
	d.fillDisputes(news, video)
	d.fillDetails(news)
}

// fillDisputes has one in which the vendor offers a part, one that waits for staff, with what they should know of it,
// and one that is decided.
func (d *Data) fillDisputes(news, video string) {
	offer := EUR(800_000)
	sum := func(micros int64) *ledger.Amount { a := EUR(micros); return &a }
	d.Disputes = []view.Dispute{
		{
			ID: "dsp_7v3xc", Purchase: "chg_7m2ha", Vendor: video, Title: "Lecture 5", Amount: EUR(1_600_000),
			Reason: "not_as_described", Text: "Half of it is silence.", Offer: &offer,
			State: view.State(ledger.DisputeOffered), Opened: at(23, 8, 0), DueBy: at(30, 11, 0),
			Rule: "amount", Why: "1.60 EUR is more than the 1.00 EUR that are paid back at once.",
			Can: []string{ledger.DisputeAccept, ledger.DisputeDecline, ledger.DisputeWithdraw},
			Case: []view.CaseStep{
				{
					At: at(23, 8, 0), Who: "buyer", What: "opened", Amount: sum(1_600_000),
					Text: "Not as described. Half of it is silence.",
				},
				{
					At: at(23, 8, 0), Who: "service", What: "ruled",
					Text: "1.60 EUR is more than the 1.00 EUR that are paid back at once.",
				},
				{At: at(23, 11, 0), Who: "vendor", What: "offered", Amount: &offer, Text: "The second half is."},
			},
			Notes: []string{"It was never opened."},
		},
		{
			ID: "dsp_5t2rr", Purchase: "chg_7yk9h", Vendor: news, Title: "Archive week", Amount: EUR(2_000_000),
			Reason: "not_delivered", Text: "The archive answers 404 since Friday.",
			State: view.State(ledger.DisputeUnderReview), Opened: at(21, 9, 0), DueBy: at(28, 9, 0),
			Rule: "past", Why: "By what happened before a person has to look at it: silence decides nothing.",
			Can: []string{ledger.DisputeWithdraw},
			Case: []view.CaseStep{
				{
					At: at(21, 9, 0), Who: "buyer", What: "opened", Amount: sum(2_000_000),
					Text: "Not delivered. The archive answers 404 since Friday.",
				},
				{At: at(21, 10, 0), Who: "vendor", What: "answered", Text: "It was moved; the old address leads there."},
			},
			Notes: []string{"0 of 7 views were used.", "14 purchases at this vendor, 0 disputes before."},
		},
		{
			ID: "dsp_4k8pb", Purchase: "chg_6ma1z", Vendor: video, Title: "Lecture 6", Amount: EUR(1_200_000),
			Reason: "duplicate", State: view.State(ledger.DisputeWon), Opened: at(20, 16, 0), Decided: at(22, 16, 5),
			Note: "The vendor agreed.",
			Case: []view.CaseStep{
				{At: at(20, 16, 0), Who: "buyer", What: "opened", Amount: sum(1_200_000), Text: "Duplicate"},
				{At: at(22, 16, 5), Who: "vendor", What: "gave_in"},
			},
		},
	}
}

// fillDetails has the rows that can be opened: a purchase with every part that a purchase can have, a disputed one, and
// a deposit that waits. Rows without details show what the list knows of them.
func (d *Data) fillDetails(news string) {
	bought := at(24, 13, 2)
	d.Details["chg_8f3ka"] = view.Detail{
		Row: d.Rows[0], TxnID: "txn_06dkq5x1c8v3n7m2t9w4y0zr5hjb1f6gae8k", Offer: "ofr_2wq7n v3",
		URL: "https://news.example/rivers", Lines: splitOf(EUR(250_000), news), Commission: EUR(12_500), Returned: EUR(0),
		Grant: &view.Grant{
			ID: "grt_8f3ka", Status: "active", ViewsTotal: 5, ViewsUsed: 1, From: bought,
			Until: view.At(bought.AddDate(0, 1, 0)), URL: "https://news.example/rivers",
		},
		Timeline: []view.Event{
			{At: at(24, 13, 1), What: "acme-news asked for 0.25 EUR"},
			{At: bought, What: "approved in the terminal"},
			{At: at(24, 13, 3), What: "opened"},
		},
		Hash:       "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
		CanDispute: true, DisputeBy: at(26, 13, 2),
	}
	d.Details["chg_7yk9h"] = view.Detail{
		Row: d.Rows[5], Lines: splitOf(EUR(2_000_000), news), Commission: EUR(100_000), Dispute: &d.Disputes[1],
	}
	d.Details["dep_7w8bb"] = view.Detail{Row: d.Rows[7], Deposit: &d.Deposits[1]}
}
