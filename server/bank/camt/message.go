package camt

// The elements that are read. No tag has a namespace: the local names are the same in all versions.
type (
	message struct {
		Reports       []statementXML `xml:"BkToCstmrAcctRpt>Rpt"`
		Statements    []statementXML `xml:"BkToCstmrStmt>Stmt"`
		Notifications []statementXML `xml:"BkToCstmrDbtCdtNtfctn>Ntfctn"`
	}
	statementXML struct {
		ID       string       `xml:"Id"`
		IBAN     string       `xml:"Acct>Id>IBAN"`
		Balances []balanceXML `xml:"Bal"`
		Entries  []entryXML   `xml:"Ntry"`
	}
	balanceXML struct {
		Code      string    `xml:"Tp>CdOrPrtry>Cd"`
		Amount    amountXML `xml:"Amt"`
		Direction string    `xml:"CdtDbtInd"`
	}
	amountXML struct {
		Currency string `xml:"Ccy,attr"`
		Value    string `xml:",chardata"`
	}
	entryXML struct {
		Amount    amountXML    `xml:"Amt"`
		Direction string       `xml:"CdtDbtInd"`
		Reversal  string       `xml:"RvslInd"`
		Status    statusXML    `xml:"Sts"`
		Date      dateXML      `xml:"BookgDt"`
		Ref       string       `xml:"AcctSvcrRef"`
		Details   []detailsXML `xml:"NtryDtls"`
		Info      string       `xml:"AddtlNtryInf"`
	}
	statusXML struct { // up to version 07 a text, from 08 on a code
		Text string `xml:",chardata"`
		Code string `xml:"Cd"`
	}
	dateXML struct {
		Day  string `xml:"Dt"`
		Time string `xml:"DtTm"`
	}
	detailsXML struct {
		Batch struct {
			ID    string `xml:"PmtInfId"`
			Count string `xml:"NbOfTxs"`
		} `xml:"Btch"`
		Movements []movementXML `xml:"TxDtls"`
	}
	movementXML struct {
		EndToEndID string    `xml:"Refs>EndToEndId"`
		Mandate    string    `xml:"Refs>MndtId"`
		Batch      string    `xml:"Refs>PmtInfId"`
		Ref        string    `xml:"Refs>AcctSvcrRef"`
		Amount     amountXML `xml:"Amt"`
		Was        amountXML `xml:"AmtDtls>TxAmt>Amt"` // its place in version 02
		Direction  string    `xml:"CdtDbtInd"`
		Debtor     partyXML  `xml:"RltdPties>Dbtr"`
		DebtorAt   string    `xml:"RltdPties>DbtrAcct>Id>IBAN"`
		Creditor   partyXML  `xml:"RltdPties>Cdtr"`
		CreditorAt string    `xml:"RltdPties>CdtrAcct>Id>IBAN"`
		Structured []string  `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
		Text       []string  `xml:"RmtInf>Ustrd"`
		Reason     string    `xml:"RtrInf>Rsn>Cd"`
		OwnReason  string    `xml:"RtrInf>Rsn>Prtry"`
		Info       string    `xml:"AddtlTxInf"`
	}
	partyXML struct { // from version 08 on the name is one element deeper
		Name string `xml:"Nm"`
		Deep string `xml:"Pty>Nm"`
	}
)
