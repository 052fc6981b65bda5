package command

import (
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Kind is what may stand in an input of a command. The word of the usage line, the choices of a completion and the
// field of a form follow from it.
type Kind uint8

// Kinds of inputs. A kind is more than a type of value: three kinds of CODE are typed the same way, yet only those of
// requests may be completed, because the others are secrets.
const (
	KindSwitch Kind = iota // a flag without a value
	KindAmount
	KindBound  // an amount, or none
	KindBudget // an amount, or what the vendor proposed
	KindCurrency
	KindMethod
	KindVendor
	KindPeriod
	KindBudgetPeriod
	KindRow
	KindPurchase
	KindDispute
	KindOwnDispute
	KindTransfer
	KindDeposit
	KindReceipt
	KindBank    // a bank account
	KindAccount // its number, which is the person's own
	KindMandate
	KindFile    // for a bank
	KindSource  // how money came that nobody announced so
	KindMark    // what identifies an instrument
	KindRequest // the code of a request of a vendor
	KindMatch   // the number on its page
	KindPrice
	KindClaim // the code of a transfer
	KindRecovery
	KindClosedCode // of a wallet that was closed
	KindReason
	KindWords
	KindFilter
	KindRowKind
	KindSince
	KindUntil
	KindCount
	KindCursor
	KindDuration
	KindZone
	KindTheme
	KindRole
	KindPublicKey
	KindIdempotency
	KindURL
	KindContent // by its address
	KindTitle
	KindName // of something new, or of something that cannot be listed
	KindHandle
	KindSetting
	KindValue
	KindReference
	KindCommand
	KindShell
	KindKey     // of the wallet
	KindKeyName // what it is called from now on
	KindKeyCode // the code by which a key is added
	KindBrowser // in which the wallet may buy
	KindNotices
	KindOnOff
	KindColumn  // a field by which a list is sorted
	KindColumns // fields of a list
	KindView
	KindPlace // a list that a screen has
	KindClass // of accounts
	KindOther // the other currency of an exchange
	KindQuote // of an exchange
	KindWhy   // why staff look or act
	KindText  // what is searched for, or said
	KindCaseID
	KindCase   // a kind of case
	KindPIN    // the PIN of calls
	KindInvite // the code of an invitation
	KindCaller // the request of a caller
	KindCampaign
	KindCampaignCode
	KindIssue
	KindVoucherCode
	KindAudience
	KindStaff  // a member of staff
	KindRefund // why a sale goes back
	KindProposal
	KindAct // the words of a command of staff
	KindSettlement
	KindPayouts     // a settlement, or a file of them
	KindPayoutFile  // a file of payouts
	KindWay         // in which payouts leave
	KindPayState    // of a settlement
	KindOrderNumber // of a purchase order, its buyer's own
	KindOrder       // a purchase order, by its id
	KindPaper       // a deposit for which something is printed
	KindDay
	KindHash
	KindBiller
	KindBillerKind
	KindBillerAccount // the number of an account at a biller: personal
	KindBillCode      // that a bill has told
	KindPercent
	KindRedemption
	KindRedemptions // a redemption, or a file of them
	KindRedeemState
	KindRedeemTo
	KindWeekday
	KindPostal  // a line of a postal address: personal
	KindCountry // of it
	KindMonth
	KindPlan // a royalty plan of a vendor
	KindTeamMember
	KindTeamRole
	KindTeamCode // the code for a new member of a team
	KindOffer
	KindSale
	KindSaleState
	KindShopDispute // about a sale of the vendor
	KindStage       // of a dispute
	KindEvent       // a type of events
	KindEventID
	KindHook // where events are sent
	KindOfferKind
	KindRoyaltyPlan // by its id
	KindAPIKey      // of the server of a vendor
	KindAPIKeyName  // of a new one
	KindScopes
	KindNetworks
	KindAgent     // a key by which a program pays
	KindAgentName // of a new one
	KindAgentKey  // its public key
	KindVendors   // by their names
	KindDiff      // the mark of changes that were shown
)

// redeemStates are the states of redemptions.
var redeemStates = []string{"opened", "approved", "submitted", "paid", "failed", "returned", "canceled"}

// themes are the names of the looks of the screens; what each looks like is said in package tui.
var themes = []string{"auto", "dark", "light", "blind", "contrast", "mono"}

// payStates are the states of settlements.
var payStates = []string{"due", "held", "approved", "submitted", "paid", "failed", "returned", "reissued"}

// saleStates are the states of sales, as their vendor knows them; stages are those of disputes.
var (
	saleStates = []string{"captured", "partially_refunded", "refunded"}
	stages     = []string{
		"needs_response", "offered", "under_review", "for_buyer", "for_vendor", "appealed", "accepted", "won", "lost",
		"withdrawn", "auto_resolved",
	}
)

// kinds has a line for each kind, so that two commands which take the same thing explain it in the same words: its word
// in usage lines, what it means, and the values that may stand there, if there are few and the same ones for every
// caller.
var kinds = [...]struct {
	word, help string
	values     []string
	open       bool // other values than these may stand there too
}{
	KindSwitch:       {},
	KindCampaign:     {word: "ID", help: "the id of a campaign that campaigns prints"},
	KindCampaignCode: {word: "CODE", help: "the code that you were told"},
	KindIssue:        {word: "ID", help: "the id of an issue that vouchers prints"},
	KindVoucherCode:  {word: "CODE", help: "the code: V and three groups"},
	KindAudience:     {word: "WHO", help: "funded or new", values: []string{"funded", "new"}},
	KindAmount:       {word: "AMOUNT", help: "an amount such as 0.25"},
	KindBound:        {word: "AMOUNT", help: "an amount such as 5, or none", values: []string{"none"}, open: true},
	KindBudget:       {word: "BUDGET", help: "an amount such as 5, or proposed", values: []string{"proposed"}, open: true},
	KindCurrency:     {word: "CURRENCY", help: "a code of three letters such as EUR"},
	KindMethod:       {word: "METHOD", help: "a name of the list that methods prints"},
	KindVendor:       {word: "VENDOR", help: "a name of the list that vendors prints"},
	KindPeriod:       {word: "PERIOD", help: "purchase, day, week, month, or total", values: periods},
	KindBudgetPeriod: {word: "PERIOD", help: "day, week or month", values: []string{"day", "week", "month"}},
	KindRow:          {word: "ID", help: "an id of the history"},
	KindPurchase:     {word: "ID", help: "the id of a purchase in the history"},
	KindContent:      {word: "URL", help: "the address of the content, or the id of the offer that sells it"},
	KindDispute:      {word: "ID", help: "the id of a dispute that waits"},
	KindOwnDispute:   {word: "ID", help: "the id of one of your disputes"},
	KindRedemption:   {word: "ID", help: "the id of a redemption"},
	KindRedemptions:  {word: "ID", help: "the id of a redemption, or of a file of them"},
	KindRedeemState:  {word: "STATE", help: "how far it is", values: redeemStates},
	KindRedeemTo:     {word: "WHERE", help: "bank or check", values: []string{"bank", "check"}},
	KindWeekday: {
		word: "DAY", help: "a day of the week",
		values: []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"},
	},
	KindReceipt:    {word: "ID", help: "the id of a receipt that desk receipts prints"},
	KindBank:       {word: "ID", help: "the id of a bank account"},
	KindAccount:    {word: "ACCOUNT", help: "an IBAN, or routing and account number"},
	KindMandate:    {word: "ID", help: "the id of a mandate"},
	KindFile:       {word: "ID", help: "the id of a file that bank files prints"},
	KindSource:     {word: "SOURCE", help: "how it came", values: []string{"bank", "check", "money-order"}, open: true},
	KindMark:       {word: "MARK", help: "what identifies it, as a serial number"},
	KindDeposit:    {word: "ID", help: "the id of a deposit that waits for its payer"},
	KindTransfer:   {word: "ID", help: "the id of a transfer that is not claimed yet"},
	KindRequest:    {word: "CODE", help: "the code of a request such as WDJB-MJHT"},
	KindMatch:      {word: "NUMBER", help: "the number on your page such as 47"},
	KindPrice:      {word: "PRICE", help: "the price as it was shown, such as 0.25 or 0.25EUR"},
	KindClaim:      {word: "CODE", help: "the claim code that the sender got"},
	KindRecovery:   {word: "CODE", help: "the recovery code of the wallet"},
	KindClosedCode: {word: "CODE", help: "the code that was printed when the wallet was closed"},
	KindReason:     {word: "REASON", help: "one word of the list", values: ledger.DisputeReasons},
	KindWords:      {word: "WORDS", help: "a text in quotes"},
	KindFilter: {
		word: "FILTER", help: "words and fields in quotes, such as 'rivers vendor:acme amount>0.5'",
		values: view.FilterFields, open: true,
	},
	KindRowKind:       {word: "KIND", help: "what a row is", values: view.RowKinds},
	KindSince:         {word: "SINCE", help: "2026-11-01, or 7d, 12h"},
	KindUntil:         {word: "UNTIL", help: "2026-12-01, or 7d, 12h"},
	KindCount:         {word: "N", help: "a number such as 20"},
	KindCursor:        {word: "CURSOR", help: "what the page before ended with"},
	KindDuration:      {word: "DURATION", help: "a time such as 10m"},
	KindZone:          {word: "ZONE", help: "a time zone such as Europe/Berlin"},
	KindTheme:         {word: "THEME", help: "colours", values: themes},
	KindRole:          {word: "ROLE", help: "rep, operator or none", values: []string{"rep", "operator", "none"}},
	KindPublicKey:     {word: "KEY", help: "the line of a public key file, or its fingerprint SHA256:…"},
	KindIdempotency:   {word: "KEY", help: "an idempotency key"},
	KindURL:           {word: "URL", help: "an address such as https://news.example"},
	KindTitle:         {word: "TITLE", help: "a name for people"},
	KindName:          {word: "NAME", help: "the vendor's name"},
	KindHandle:        {word: "WALLET", help: "the handle of a wallet such as w_7g2v"},
	KindSetting:       {word: "NAME", help: "a name of the list that policy show prints"},
	KindValue:         {word: "VALUE", help: "what it should be"},
	KindReference:     {word: "REFERENCE", help: "the reference on the check, with or without its blanks"},
	KindCommand:       {word: "COMMAND", help: "the words of a command"},
	KindKey:           {word: "KEY", help: "a name of the list that keys prints, or the beginning of the fingerprint"},
	KindKeyName:       {word: "NAME", help: "what to call the key"},
	KindKeyCode:       {word: "CODE", help: "the code that keys add has printed"},
	KindBrowser:       {word: "BROWSER", help: "the id of a browser that keys lists, brw_…"},
	KindNotices:       {word: "NOTICES", help: "off, bell or osc9", values: []string{"off", "bell", "osc9"}},
	KindOnOff:         {word: "SWITCH", help: "on or off", values: []string{"on", "off"}},
	KindColumn:        {word: "FIELD", help: "the name of a field in JSON such as amount"},
	KindColumns:       {word: "FIELDS", help: "names of fields in JSON such as at,title,amount"},
	KindView:          {word: "VIEW", help: "a name of the list that views prints"},
	KindPlace:         {word: "LIST", help: "a list", values: ledger.ViewPlaces},
	KindClass:         {word: "CLASS", help: "the number of a class of accounts such as 2000"},
	KindOther:         {word: "OTHER", help: "the other currency, such as USD"},
	KindQuote:         {word: "QUOTE", help: "what exchange prints without --yes"},
	KindWhy:           {word: "CODE", help: "one word of the list", values: ledger.StaffReasons},
	KindText:          {word: "TEXT", help: "words, in quotes or not"},
	KindCaseID:        {word: "CASE", help: "an id that desk queue prints, or a reference"},
	KindCase:          {word: "KIND", help: "what it is about", values: view.TaskKinds},
	KindStaff:         {word: "STAFF", help: "a member of staff, as the desk names them"},
	KindRefund:        {word: "REASON", help: "one word of the list", values: ledger.RefundReasons},
	KindProposal:      {word: "ID", help: "the id of a proposal that desk proposals prints"},
	KindAct:           {word: "ACT", help: "the words of a command of staff, or their beginning"},
	KindSettlement:    {word: "ID", help: "the id of a settlement, stl_…"},
	KindPayouts:       {word: "ID", help: "the id of a settlement, stl_…, or of a file, pof_…"},
	KindWay:           {word: "WAY", help: "csv, sepa, ach or hook", values: []string{"csv", "sepa", "ach", "hook"}},
	KindPayoutFile:    {word: "FILE", help: "the id of a file of payouts, pof_…"},
	KindPayState:      {word: "STATE", help: "how far it has come", values: payStates},
	KindOrderNumber:   {word: "NUMBER", help: "your own number of the order, such as PO-2026-17"},
	KindOrder:         {word: "ID", help: "the id or the reference of an order that desk deposits prints"},
	KindPaper:         {word: "ID", help: "the id of a deposit on paper or of an order"},
	KindDay:           {word: "DAY", help: "a day such as 2026-12-31"},
	KindHash:          {word: "SHA256", help: "64 letters and digits"},
	KindBiller:        {word: "BILLER", help: "a name of the list that biller list prints"},
	KindBillerKind:    {word: "KIND", help: "isp or utility", values: []string{ledger.MethodISP, ledger.MethodUtility}},
	KindBillerAccount: {word: "ACCOUNT", help: "the number of your account, as it stands on a bill"},
	KindBillCode:      {word: "CODE", help: "the code on the bill such as WDJB-MJHT"},
	KindPostal:        {word: "TEXT", help: "as it stands on a letter"},
	KindCountry:       {word: "COUNTRY", help: "two letters such as DE"},
	KindMonth:         {word: "MONTH", help: "a month such as 2026-11"},
	KindPercent:       {word: "SHARE", help: "a part such as 8 %"},
	KindPIN:           {word: "PIN", help: "six digits, not those that are guessed first"},
	KindInvite:        {word: "CODE", help: "the code of an invitation, by a representative or from a vendor's link"},
	KindCaller:        {word: "ID", help: "the id of a request that desk queue prints, vcs_…"},
	KindPlan:          {word: "PLAN", help: "the name of a royalty plan"},
	KindTeamMember:    {word: "MEMBER", help: "a name, a key or an id of the list that team prints"},
	KindTeamRole:      {word: "ROLE", help: "owner, catalogue, finance or read", values: ledger.TeamRoles},
	KindTeamCode:      {word: "CODE", help: "the code that an owner of the team has printed"},
	KindOffer:         {word: "OFFER", help: "the id of an offer, ofr_…"},
	KindSale:          {word: "ID", help: "the id of a sale that shop sales prints, chg_…"},
	KindSaleState:     {word: "STATE", help: "how far a sale is", values: saleStates},
	KindShopDispute:   {word: "ID", help: "the id of a dispute that shop disputes prints, dsp_…"},
	KindStage:         {word: "STATE", help: "how far a dispute is", values: stages},
	KindEvent:         {word: "TYPE", help: "a type of events such as charge.succeeded"},
	KindEventID:       {word: "EVENT", help: "the id of an event that shop events prints, evt_…"},
	KindHook:          {word: "HOOK", help: "the id of a hook that shop hooks prints, whe_…"},
	KindOfferKind:     {word: "KIND", help: "content, service or goods", values: []string{"content", "service", "goods"}},
	KindRoyaltyPlan:   {word: "PLAN", help: "the id of a plan that shop royalties prints, rpl_…, or none"},
	KindAPIKey:        {word: "KEY", help: "a name or the first characters of a key that shop keys prints"},
	KindAPIKeyName:    {word: "NAME", help: "what the key is for such as shop-server"},
	KindScopes:        {word: "SCOPES", help: "what a key may do such as charges:write,offers:read"},
	KindNetworks:      {word: "NETWORKS", help: "addresses or networks such as 203.0.113.0/24,2001:db8::/32"},
	KindAgent:         {word: "NAME", help: "a name of the list that agents prints, or the beginning of the fingerprint"},
	KindAgentName:     {word: "NAME", help: "what the program is called, such as builder"},
	KindAgentKey:      {word: "KEY", help: "the line of an id_ed25519.pub file"},
	KindVendors:       {word: "VENDORS", help: "names of vendors such as acme-news,guide"},
	KindDiff:          {word: "MARK", help: "the mark that shop import has printed"},
	KindShell:         {word: "SHELL", help: "bash, zsh or fish", values: shells},
}

// Word is how usage lines show the kind: AMOUNT. A switch has none.
func (k Kind) Word() string { return kinds[k].word }

// Help says in a few words what may stand there.
func (k Kind) Help() string { return kinds[k].help }

// Values are the values that may stand there, nil if they are many or differ from caller to caller.
func (k Kind) Values() []string { return kinds[k].values }

// read returns the value that a person meant, in the spelling of the table: Not-Delivered is not_delivered. ok is false
// if it is none of a few; a value of any other kind stays as it is typed.
func (k Kind) read(typed string) (value string, ok bool) {
	if kinds[k].open || kinds[k].values == nil {
		return typed, true
	}
	value = strings.ReplaceAll(strings.ToLower(typed), "-", "_")
	return value, slices.Contains(kinds[k].values, value)
}
