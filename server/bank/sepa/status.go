package sepa

import (
	"slices"
	"strings"

	"tuppence/server/bank"
)

// Status is what a bank says about a file, a block or an order. None of them means that money has moved: a statement
// says that.
type Status string

// Statuses that decide something. There are others (ACTC, ACWC, PDNG, PART …), which only say that it goes on.
const (
	Rejected Status = "RJCT"
	Accepted Status = "ACCP"
	Settled  Status = "ACSC"
)

// Report is an answer of the bank (pain.002). A status of the file or of a block is about all orders in it of which
// nothing else is said.
type Report struct {
	ID     string // of the report
	File   string // id of our file
	Status Status // of the file, may be empty
	Reason []string
	Blocks []BlockStatus
}

// BlockStatus is about one block of a file.
type BlockStatus struct {
	ID     string
	Status Status // may be empty
	Reason []string
	Orders []OrderStatus
}

// OrderStatus is about one order.
type OrderStatus struct {
	EndToEndID string
	Status     Status
	Reason     []string // AM04, AC01 …; a proprietary one as the bank writes it
}

type statusXML struct {
	ID     string      `xml:"CstmrPmtStsRpt>GrpHdr>MsgId"`
	File   string      `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts>OrgnlMsgId"`
	Status string      `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts>GrpSts"`
	Reason []reasonXML `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts>StsRsnInf"`
	Blocks []struct {
		ID     string      `xml:"OrgnlPmtInfId"`
		Status string      `xml:"PmtInfSts"`
		Reason []reasonXML `xml:"StsRsnInf"`
		Orders []struct {
			EndToEndID string      `xml:"OrgnlEndToEndId"`
			Status     string      `xml:"TxSts"`
			Reason     []reasonXML `xml:"StsRsnInf"`
		} `xml:"TxInfAndSts"`
	} `xml:"CstmrPmtStsRpt>OrgnlPmtInfAndSts"`
}

type reasonXML struct {
	Code string `xml:"Rsn>Cd"`
	Own  string `xml:"Rsn>Prtry"`
}

// ReadStatus reads a pain.002 of any version. It refuses with ErrInvalid.
func ReadStatus(file []byte) (Report, error) {
	var in statusXML
	if err := bank.ReadXML(file, &in, "CstmrPmtStsRpt"); err != nil {
		return Report{}, err
	}
	if in.ID == "" || in.File == "" {
		return Report{}, refuse("file", "Ask the bank for it again.", "The report does not say which file it is about.")
	}
	r := Report{text(in.ID), text(in.File), Status(text(in.Status)), reasons(in.Reason), nil}
	for _, b := range in.Blocks {
		block := BlockStatus{text(b.ID), Status(text(b.Status)), reasons(b.Reason), nil}
		for _, o := range b.Orders {
			block.Orders = append(block.Orders, OrderStatus{text(o.EndToEndID), Status(text(o.Status)), reasons(o.Reason)})
		}
		r.Blocks = append(r.Blocks, block)
	}
	return r, nil
}

// text returns a value without what was put around it, at most the 35 characters of an id.
func text(s string) string {
	s = strings.TrimSpace(s)
	return s[:min(len(s), 35)]
}

func reasons(in []reasonXML) (out []string) {
	for _, r := range in {
		if code := text(r.Code + r.Own); code != "" {
			out = append(out, code)
		}
	}
	return out
}

// Of returns what a report says about an order in a block of the file: the nearest status, and the reasons of its
// level, or of the next one that has some. A report that does not name the order says about it what it says about all.
func (r Report) Of(block, endToEndID string) (Status, []string) {
	status, reason := r.Status, r.Reason
	for _, b := range r.Blocks {
		if b.ID != block {
			continue
		}
		status, reason = nearer(b.Status, b.Reason, status, reason)
		for _, o := range b.Orders {
			if strings.EqualFold(o.EndToEndID, endToEndID) {
				return nearer(o.Status, o.Reason, status, reason)
			}
		}
	}
	return status, reason
}

func nearer(s Status, why []string, outer Status, outerWhy []string) (Status, []string) {
	if s == "" {
		s = outer
	}
	if len(why) == 0 && s == outer {
		why = outerWhy
	}
	return s, why
}

// Meanings are what reasons of returns and rejections do. The last line is that of all others, also of unknown ones.
var Meanings = []bank.Meaning{
	{
		Codes: "AM04 MS02 MS03", Words: "not enough money, or no reason given; one more debit, with a new id",
		Fate: bank.Returned, Mandate: bank.Stays, Account: bank.NoAdvance, Retries: 1,
	},
	{
		Codes: "AC01 AC04 AC06 AC13 BE05", Words: "no such account, closed, or one that cannot be debited",
		Fate: bank.Returned, Mandate: bank.Suspended, Account: bank.Untouched, Rate: bank.Administrative,
	},
	{
		Codes: "MD06", Words: "taken back by its owner within eight weeks; ask",
		Fate: bank.Returned, Mandate: bank.Suspended, Account: bank.Frozen,
	},
	{
		Codes: "MD01 MD02 MD07 SL01", Words: "no mandate, or the account's owner refuses debits",
		Fate: bank.Returned, Mandate: bank.Ended, Account: bank.Frozen, Rate: bank.Unauthorised,
	},
	{
		Codes: "AM05", Words: "sent twice, by us",
		Fate: bank.Returned, Mandate: bank.Stays, Account: bank.Looked,
	},
	{Words: "a person looks at it", Fate: bank.Returned, Mandate: bank.Suspended, Account: bank.Looked},
}

// MeaningOf returns what a reason does. One that nobody knows is returned money that a person looks at.
func MeaningOf(reason string) bank.Meaning {
	for _, m := range Meanings {
		if slices.Contains(strings.Fields(m.Codes), reason) {
			return m
		}
	}
	return Meanings[len(Meanings)-1]
}
