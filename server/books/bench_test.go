package books

import (
	"testing"
	"time"

	"tuppence/server/ledger"
)

// a sale as it is usual: one royalty, a link, a reference of the vendor.
func usualSale() stored {
	at := time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	eur := func(class ledger.Class, owner uint64, micros int64) ledger.Posting {
		return ledger.Posting{Account: ledger.Account{Class: class, Currency: "EUR", Owner: owner}, Micros: micros}
	}
	return stored{
		PrevUser: 1_000_001, PrevVendor: 1_000_499,
		Entry: ledger.Entry{
			No: 1_000_500, At: at, Kind: ledger.KindPurchase, Actor: ledger.Actor{Role: ledger.RoleVendor, Key: "sk_live_a1b2"},
			User: 12_345, Vendor: 77, Amount: ledger.Amount{Micros: 250_000, Currency: "EUR"},
			Postings: []ledger.Posting{
				eur(ledger.Paid, 12_345, 250_000), eur(ledger.VendorPending, 77, -166_250), eur(ledger.RoyaltyPayable, 9, -71_250),
				eur(ledger.Commission, 0, -12_500),
			},
			Sale: &ledger.Sale{
				Offer: ledger.OfferID{
					Vendor: 77,
					Number: 3,
				}, Version: 2, Title: "How rivers freeze", ContentURL: "https://news.example/rivers",
				Quantity: 1, Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, Commission: 12_500,
				Royalties: []ledger.Share{{Payee: 9, Name: "Ann Author", Role: "author", Micros: 71_250}},
				Grant:     ledger.GrantTerms{Bounds: ledger.Bounds{Views: 5, Days: 30}, From: at, Until: at.AddDate(0, 0, 30)},
				Link:      ledger.LinkID{User: 12_345, Vendor: 77, Currency: "EUR", Generation: 1}, ClientRef: "order-1001",
				Day: 250_000, Week: 500_000, Month: 750_000,
			},
		},
	}
}

func usualWallet() ledger.Wallet {
	return ledger.Wallet{
		User: 12_345, Currency: "EUR", Paid: 19_750_000, Last: 1_000_500, Count: 42,
		Limits: ledger.Limits{PerPurchase: 1e6, PerDay: 5e6, PerWeek: 2e7, PerMonth: 5e7},
		Spent: ledger.Counters{
			Day: ledger.Counter{
				Start: 1_795_734_000,
				Spent: 250_000,
			}, Week: ledger.Counter{Start: 1_795_302_000, Spent: 500_000},
			Month: ledger.Counter{Start: 1_793_487_600, Spent: 750_000},
		},
	}
}

func usualLink() ledger.Link {
	w := usualWallet()
	return ledger.Link{
		ID: ledger.LinkID{
			User:       12_345,
			Vendor:     77,
			Currency:   "EUR",
			Generation: 1,
		}, Status: ledger.LinkActive, Limits: w.Limits,
		Total: ledger.NoLimit, Spent: w.Spent, Sum: 750_000, Created: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Count: 3,
	}
}

// BenchmarkRecords is what it costs to write and to read the records that a sale writes.
func BenchmarkRecords(b *testing.B) {
	benchRecord(b, "entry", entries, usualSale())
	benchRecord(b, "wallet", wallets, usualWallet())
	benchRecord(b, "link", links, usualLink())
	benchRecord(b, "till", tills, ledger.Till{Vendor: 77, Currency: "EUR", Pending: 1e9, Last: 1_000_500, Count: 1000})
	benchRecord(b, "head", heads, head{No: 1_000_500, Hash: [32]byte{1, 2, 3}})
}

func benchRecord[T, R any](b *testing.B, name string, c codec[T, R], v T) {
	record := c.encode(v)
	b.Run(name+"/write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			record = c.encode(v)
		}
		b.ReportMetric(float64(len(record)), "bytes")
	})
	b.Run(name+"/read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.decode([]byte("j"), record); err != nil {
				b.Fatal(err)
			}
		}
	})
}
