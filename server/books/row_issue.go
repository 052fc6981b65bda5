package books

import "tuppence/server/ledger"

// issueRow is stored as a row and in each step of the issue. Codes are in the row and in the first entry alone.
type issueRow struct {
	No       ledger.EntryNo    `cbor:"1,keyasint,omitempty" since:"2"`
	Vendor   ledger.VendorID   `cbor:"2,keyasint,omitempty" since:"2"`
	To       ledger.UserID     `cbor:"3,keyasint,omitempty" since:"2"`
	Each     money             `cbor:"4,keyasint,omitzero" since:"2"`
	Count    uint32            `cbor:"5,keyasint,omitempty" since:"2"`
	Redeemed uint32            `cbor:"6,keyasint,omitempty" since:"2"`
	Used     []byte            `cbor:"7,keyasint,omitempty" since:"2"`
	Codes    []byte            `cbor:"8,keyasint,omitempty" since:"2"`
	Reason   string            `cbor:"9,keyasint,omitempty" since:"2"`
	State    ledger.IssueState `cbor:"10,keyasint,omitempty" since:"2"`
	By       string            `cbor:"11,keyasint,omitempty" since:"2"`
	Created  instant           `cbor:"12,keyasint,omitempty" since:"2"`
	Ends     instant           `cbor:"13,keyasint,omitempty" since:"2"`
}

var issues = codec[ledger.TokenIssue, issueRow]{pack: packIssue, unpack: issueRow.unpack}

func packIssue(i ledger.TokenIssue) issueRow {
	return issueRow{
		No: i.No, Vendor: i.Vendor, To: i.To, Each: packMoney(i.Each), Count: i.Count, Redeemed: i.Redeemed, Used: i.Used,
		Codes: i.Codes, Reason: i.Reason, State: i.State, By: i.By, Created: pack(i.Created), Ends: pack(i.Ends),
	}
}

func (r issueRow) unpack() ledger.TokenIssue {
	return ledger.TokenIssue{
		No: r.No, Vendor: r.Vendor, To: r.To, Each: r.Each.unpack(), Count: r.Count, Redeemed: r.Redeemed, Used: r.Used,
		Codes: r.Codes, Reason: r.Reason, State: r.State, By: r.By, Created: r.Created.time(), Ends: r.Ends.time(),
	}
}
