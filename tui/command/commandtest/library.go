package commandtest

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// library is what the wallet can open: an article with views left, and a video without an end.
func library() []view.LibraryItem {
	return []view.LibraryItem{
		{
			ID: "chg_8f3ka", Title: "How rivers freeze", Vendor: "acme-news", At: at(26, 9, 2),
			Grant: view.Grant{
				ID: "gnt_8f3ka", Status: "active", ViewsTotal: 5, ViewsUsed: 2, From: at(26, 9, 2),
				Until: view.At(Now.Add(20 * 24 * time.Hour)), URL: "https://news.example/rivers",
			},
		},
		{
			ID: "chg_8f2xw", Title: "A lecture on ice", Vendor: "acme-video", At: at(25, 18, 30),
			Grant: view.Grant{ID: "gnt_8f2xw", Status: "active", From: at(25, 18, 30), URL: "https://video.example/ice"},
		},
	}
}

// river is the text of the article.
const river = "A river does not freeze from the banks alone. Where the water is slow, needles of ice form in it, and " +
	"drift until they meet.\n\nAt night the needles grow into plates."

// Library returns what the wallet can open.
func (s *Service) Library(context.Context, view.Caller, view.Paging) (view.Page[view.LibraryItem], error) {
	return call(s, "Library", func() (view.Page[view.LibraryItem], error) { return view.All(library()), nil })
}

// OpenContent opens the article as a text, and the video, which has none.
func (s *Service) OpenContent(_ context.Context, _ view.Caller, id string) (view.Opened, error) {
	return call(s, "OpenContent", func() (view.Opened, error) {
		all := library()
		i := slices.IndexFunc(all, func(l view.LibraryItem) bool { return l.ID == id })
		if i < 0 {
			return view.Opened{}, ledger.RefuseNotFound("purchase")
		}
		out := view.Opened{
			ID: id, Title: all[i].Title, Vendor: all[i].Vendor, Type: "text/plain", Size: len(river), Text: river,
			Content: base64.StdEncoding.EncodeToString([]byte(river)), Counted: true, Grant: all[i].Grant,
		}
		if i == 1 {
			out.Type, out.Text, out.Content, out.Size = "image/png", "", "iVBORw==", 4
		}
		return out, nil
	})
}

// Get gets the article, which is bought by now, and a page about glaciers, which is new. Nothing else is sold.
func (s *Service) Get(_ context.Context, _ view.Caller, q view.Get) (view.Got, error) {
	return call(s, "Get", func() (view.Got, error) {
		have := library()[0]
		out := view.Got{Paid: ledger.Amount{Currency: "EUR"}, Opened: view.Opened{
			ID: have.ID, Title: have.Title, Vendor: have.Vendor, Type: "text/plain", Size: len(river), Text: river,
			Content: base64.StdEncoding.EncodeToString([]byte(river)), Counted: true, Grant: have.Grant,
		}}
		switch q.Of {
		case have.Grant.URL:
		case "https://news.example/glaciers":
			out.Paid.Micros, out.ID, out.Title = 250_000, "chg_8f4mm", "How glaciers walk"
			if q.Max != nil && q.Max.Micros < out.Paid.Micros {
				return view.Got{}, ledger.RefusePrice(out.Paid)
			}
		default:
			return view.Got{}, ledger.Refuse(ledger.ErrNotFound, "Open it in a browser, and buy it there.",
				"Nothing here sells this address.")
		}
		return out, nil
	})
}
