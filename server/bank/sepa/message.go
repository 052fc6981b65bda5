package sepa

import "encoding/xml"

// The elements of pain.001 and pain.008 that are written, in the order of the schemas.
type (
	document struct {
		XMLName   xml.Name
		Transfers *transfersMessage `xml:"CstmrCdtTrfInitn,omitempty"`
		Debits    *debitsMessage    `xml:"CstmrDrctDbtInitn,omitempty"`
	}
	groupHeader struct {
		MsgID   string `xml:"MsgId"`
		Created string `xml:"CreDtTm"`
		Count   int    `xml:"NbOfTxs"`
		Sum     string `xml:"CtrlSum"`
		Name    string `xml:"InitgPty>Nm"`
	}
	partyXML struct {
		Name string      `xml:"Nm"`
		Addr *addressXML `xml:"PstlAdr,omitempty"`
	}
	addressXML struct {
		Town    string `xml:"TwnNm"`
		Country string `xml:"Ctry"`
	}
	agentXML struct {
		BIC   *string `xml:"FinInstnId>BICFI"` // nil: a pointer alone leaves the elements around it out, too
		Other *string `xml:"FinInstnId>Othr>Id"`
	}
	amountXML struct {
		Currency string `xml:"Ccy,attr"`
		Value    string `xml:",chardata"`
	}
	remittanceXML struct {
		Text      string        `xml:"Ustrd,omitempty"`
		Reference *referenceXML `xml:"Strd>CdtrRefInf"`
	}
	referenceXML struct {
		Code   string `xml:"Tp>CdOrPrtry>Cd"`
		Issuer string `xml:"Tp>Issr"`
		Ref    string `xml:"Ref"`
	}
)

type (
	transfersMessage struct {
		Header   groupHeader      `xml:"GrpHdr"`
		Payments []transfersBlock `xml:"PmtInf"`
	}
	transfersBlock struct {
		ID      string        `xml:"PmtInfId"`
		Method  string        `xml:"PmtMtd"`
		Batch   bool          `xml:"BtchBookg"`
		Count   int           `xml:"NbOfTxs"`
		Sum     string        `xml:"CtrlSum"`
		Service string        `xml:"PmtTpInf>SvcLvl>Cd"`
		Date    string        `xml:"ReqdExctnDt>Dt"`
		Debtor  partyXML      `xml:"Dbtr"`
		IBAN    string        `xml:"DbtrAcct>Id>IBAN"`
		Bank    agentXML      `xml:"DbtrAgt"`
		Charges string        `xml:"ChrgBr"`
		Orders  []transferXML `xml:"CdtTrfTxInf"`
	}
	transferXML struct {
		EndToEndID string         `xml:"PmtId>EndToEndId"`
		Amount     amountXML      `xml:"Amt>InstdAmt"`
		Bank       *agentXML      `xml:"CdtrAgt,omitempty"`
		Creditor   partyXML       `xml:"Cdtr"`
		IBAN       string         `xml:"CdtrAcct>Id>IBAN"`
		Remittance *remittanceXML `xml:"RmtInf,omitempty"`
	}
)

type (
	debitsMessage struct {
		Header   groupHeader   `xml:"GrpHdr"`
		Payments []debitsBlock `xml:"PmtInf"`
	}
	debitsBlock struct {
		ID         string     `xml:"PmtInfId"`
		Method     string     `xml:"PmtMtd"`
		Count      int        `xml:"NbOfTxs"`
		Sum        string     `xml:"CtrlSum"`
		Service    string     `xml:"PmtTpInf>SvcLvl>Cd"`
		Instrument string     `xml:"PmtTpInf>LclInstrm>Cd"`
		Sequence   string     `xml:"PmtTpInf>SeqTp"`
		Date       string     `xml:"ReqdColltnDt"`
		Creditor   partyXML   `xml:"Cdtr"`
		IBAN       string     `xml:"CdtrAcct>Id>IBAN"`
		Bank       agentXML   `xml:"CdtrAgt"`
		Charges    string     `xml:"ChrgBr"`
		Scheme     string     `xml:"CdtrSchmeId>Id>PrvtId>Othr>Id"`
		SchemeName string     `xml:"CdtrSchmeId>Id>PrvtId>Othr>SchmeNm>Prtry"`
		Orders     []debitXML `xml:"DrctDbtTxInf"`
	}
	debitXML struct {
		EndToEndID string         `xml:"PmtId>EndToEndId"`
		Amount     amountXML      `xml:"InstdAmt"`
		Mandate    mandateXML     `xml:"DrctDbtTx>MndtRltdInf"`
		Bank       agentXML       `xml:"DbtrAgt"`
		Debtor     partyXML       `xml:"Dbtr"`
		IBAN       string         `xml:"DbtrAcct>Id>IBAN"`
		Remittance *remittanceXML `xml:"RmtInf,omitempty"`
	}
	mandateXML struct {
		ID      string  `xml:"MndtId"`
		Signed  string  `xml:"DtOfSgntr"`
		Amended bool    `xml:"AmdmntInd,omitempty"`
		Former  *string `xml:"AmdmntInfDtls>OrgnlDbtrAcct>Id>Othr>Id"`
	}
)
