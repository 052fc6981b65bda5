package books

import (
	"time"

	"tuppence/server/ledger"
)

// vendorRow holds all keys and endpoints of a vendor: a request reads one row to know its caller.
type vendorRow struct {
	ID       ledger.VendorID     `cbor:"1,keyasint,omitempty"`
	Name     string              `cbor:"2,keyasint,omitempty"`
	Title    string              `cbor:"3,keyasint,omitempty"`
	Status   ledger.VendorStatus `cbor:"4,keyasint,omitempty"`
	Created  instant             `cbor:"5,keyasint,omitempty"`
	Origins  []originRow         `cbor:"6,keyasint,omitempty"`
	Keys     []apiKeyRow         `cbor:"7,keyasint,omitempty"`
	Offers   uint64              `cbor:"8,keyasint,omitempty"`
	Hooks    []endpointRow       `cbor:"9,keyasint,omitempty"`
	HookNext uint64              `cbor:"10,keyasint,omitempty"`
	Terms    []termsRow          `cbor:"11,keyasint,omitempty" since:"2"`
	Payees   []payeeTermsRow     `cbor:"12,keyasint,omitempty" since:"2"`
	Accounts []payAccountRow     `cbor:"13,keyasint,omitempty" since:"2"`
	Plans    uint64              `cbor:"15,keyasint,omitempty" since:"2"`
	Plan     uint64              `cbor:"16,keyasint,omitempty" since:"2"`
	Referral *referralRow        `cbor:"17,keyasint,omitempty" since:"2"`
	Brought  uint64              `cbor:"18,keyasint,omitempty" since:"2"`
	Rewards  []money             `cbor:"19,keyasint,omitempty" since:"2"`
	Kept     uint64              `cbor:"20,keyasint,omitempty" since:"2"`
}

// termsRow is how a vendor is settled in one currency.
type termsRow struct {
	Currency   ledger.Currency `cbor:"1,keyasint,omitempty" since:"2"`
	Delay      time.Duration   `cbor:"2,keyasint,omitempty" since:"2"`
	Reserve    uint32          `cbor:"3,keyasint,omitempty" since:"2"`
	ReserveFor time.Duration   `cbor:"4,keyasint,omitempty" since:"2"`
	Amount     int64           `cbor:"5,keyasint,omitempty" since:"2"`
	After      time.Duration   `cbor:"6,keyasint,omitempty" since:"2"`
	Minimum    int64           `cbor:"7,keyasint,omitempty" since:"2"`
	Fee        int64           `cbor:"8,keyasint,omitempty" since:"2"`
	Auto       bool            `cbor:"9,keyasint,omitempty" since:"2"`
	Way        string          `cbor:"10,keyasint,omitempty" since:"2"`
	To         string          `cbor:"11,keyasint,omitempty" since:"2"`
}

// payeeTermsRow is what a payee has of its own.
type payeeTermsRow struct {
	Payee   ledger.PayeeID `cbor:"1,keyasint,omitempty" since:"2"`
	Minimum int64          `cbor:"2,keyasint,omitempty" since:"2"`
	Way     string         `cbor:"3,keyasint,omitempty" since:"2"`
	To      string         `cbor:"4,keyasint,omitempty" since:"2"`
	Wallet  ledger.UserID  `cbor:"5,keyasint,omitempty" since:"2"`
}

// originRow is a web origin of a vendor, and when it was proved.
type originRow struct {
	URL      string  `cbor:"1,keyasint,omitempty"`
	Verified instant `cbor:"2,keyasint,omitempty"`
}

// apiKeyRow has the hash of a key and its first characters, by which people tell their keys apart.
type apiKeyRow struct {
	Hash    [32]byte `cbor:"1,keyasint,omitzero"`
	Hint    string   `cbor:"2,keyasint,omitempty"`
	Created instant  `cbor:"3,keyasint,omitempty"`
	Ended   instant  `cbor:"4,keyasint,omitempty"`
	Name    string   `cbor:"5,keyasint,omitempty" since:"2"`
	Scopes  []string `cbor:"6,keyasint,omitempty" since:"2"`
	Expires instant  `cbor:"7,keyasint,omitempty" since:"2"`
	From    []string `cbor:"8,keyasint,omitempty" since:"2"`
	Used    string   `cbor:"9,keyasint,omitempty" since:"2"`
}

func packAPIKey(k ledger.APIKey) apiKeyRow {
	return apiKeyRow{
		Hash: k.Hash, Hint: k.Hint, Created: pack(k.Created), Ended: pack(k.Ended), Name: k.Name, Scopes: k.Scopes,
		Expires: pack(k.Expires), From: k.From, Used: k.Used,
	}
}

func (r apiKeyRow) unpack() ledger.APIKey {
	return ledger.APIKey{
		Hash: r.Hash, Hint: r.Hint, Created: r.Created.time(), Ended: r.Ended.time(), Name: r.Name, Scopes: r.Scopes,
		Expires: r.Expires.time(), From: r.From, Used: r.Used,
	}
}

// endpointRow is where a vendor gets its webhooks. There are two secrets while one replaces the other.
type endpointRow struct {
	Number   uint64         `cbor:"1,keyasint,omitempty"`
	URL      string         `cbor:"2,keyasint,omitempty"`
	Events   []string       `cbor:"3,keyasint,omitempty"`
	Secrets  [][]byte       `cbor:"4,keyasint,omitempty"`
	Disabled instant        `cbor:"5,keyasint,omitempty"`
	Created  instant        `cbor:"6,keyasint,omitempty"`
	Since    ledger.EntryNo `cbor:"7,keyasint,omitempty" since:"2"`
	Ends     []instant      `cbor:"8,keyasint,omitempty" since:"2"`
	Reason   string         `cbor:"9,keyasint,omitempty" since:"2"`
	Parallel uint8          `cbor:"10,keyasint,omitempty" since:"2"`
}

var vendors = codec[ledger.Vendor, vendorRow]{pack: packVendor, unpack: vendorRow.unpack}

func packVendor(v ledger.Vendor) vendorRow {
	return vendorRow{
		ID: v.ID, Name: v.Name, Title: v.Title, Status: v.Status, Created: pack(v.Created),
		Origins: each(v.Origins, func(o ledger.Origin) originRow {
			return originRow{URL: o.URL, Verified: pack(o.Verified)}
		}),
		Keys:   each(v.Keys, packAPIKey),
		Offers: v.Offers,
		Hooks: each(v.Hooks, func(h ledger.Endpoint) endpointRow {
			return endpointRow{
				Number: h.Number, URL: h.URL, Events: h.Events, Secrets: h.Secrets,
				Disabled: pack(h.Disabled), Created: pack(h.Created), Since: h.Since, Ends: each(h.Ends, pack), Reason: h.Reason,
				Parallel: h.Parallel,
			}
		}),
		HookNext: v.HookNext,
		Terms:    each(v.Terms, func(t ledger.Terms) termsRow { return termsRow(t) }),
		Payees:   each(v.Payees, func(t ledger.PayeeTerms) payeeTermsRow { return payeeTermsRow(t) }),
		Accounts: each(v.Accounts, packPayAccount),
		Plans:    v.Plans, Plan: v.Plan, Kept: v.Kept,
		Referral: packReferral(v.Referral), Brought: v.Brought, Rewards: each(v.Rewards, packMoney),
	}
}

func (r vendorRow) unpack() ledger.Vendor {
	return ledger.Vendor{
		ID: r.ID, Name: r.Name, Title: r.Title, Status: r.Status, Created: r.Created.time(),
		Origins: each(r.Origins, func(o originRow) ledger.Origin {
			return ledger.Origin{URL: o.URL, Verified: o.Verified.time()}
		}),
		Keys:   each(r.Keys, apiKeyRow.unpack),
		Offers: r.Offers,
		Hooks: each(r.Hooks, func(h endpointRow) ledger.Endpoint {
			return ledger.Endpoint{
				Number: h.Number, URL: h.URL, Events: h.Events, Secrets: h.Secrets,
				Disabled: h.Disabled.time(), Created: h.Created.time(), Since: h.Since, Ends: each(h.Ends, instant.time),
				Reason: h.Reason, Parallel: h.Parallel,
			}
		}),
		HookNext: r.HookNext,
		Terms:    each(r.Terms, func(t termsRow) ledger.Terms { return ledger.Terms(t) }),
		Payees:   each(r.Payees, func(t payeeTermsRow) ledger.PayeeTerms { return ledger.PayeeTerms(t) }),
		Accounts: each(r.Accounts, payAccountRow.unpack),
		Plans:    r.Plans, Plan: r.Plan, Kept: r.Kept,
		Referral: r.Referral.unpack(), Brought: r.Brought, Rewards: each(r.Rewards, money.unpack),
	}
}

// tillRow has what a vendor has earned, by how far it is from being paid out.
type tillRow struct {
	Vendor    ledger.VendorID `cbor:"1,keyasint,omitempty"`
	Currency  ledger.Currency `cbor:"2,keyasint,omitempty"`
	Pending   int64           `cbor:"3,keyasint,omitempty"`
	Available int64           `cbor:"4,keyasint,omitempty"`
	Reserve   int64           `cbor:"5,keyasint,omitempty"`
	Last      ledger.EntryNo  `cbor:"6,keyasint,omitempty"`
	Count     uint64          `cbor:"7,keyasint,omitempty"`
}

var tills = codec[ledger.Till, tillRow]{
	pack: func(t ledger.Till) tillRow {
		return tillRow{
			Vendor: t.Vendor, Currency: t.Currency, Pending: t.Pending, Available: t.Available, Reserve: t.Reserve,
			Last: t.Last, Count: t.Count,
		}
	},
	unpack: func(r tillRow) ledger.Till {
		return ledger.Till{
			Vendor: r.Vendor, Currency: r.Currency, Pending: r.Pending, Available: r.Available, Reserve: r.Reserve,
			Last: r.Last, Count: r.Count,
		}
	},
}
