package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopPlace is a vendor at one look, for the people of its team: what was sold, what it has, and what waits.
type shopPlace struct{ today view.ShopToday }

func (*shopPlace) tellsTime()                      {} // by when disputes are answered
func (*shopPlace) name() string                    { return "shop" }
func (*shopPlace) crumb() string                   { return "Today" }
func (*shopPlace) typing() bool                    { return false }
func (*shopPlace) key(*Model, Key) (tea.Cmd, bool) { return nil, false }

func (*shopPlace) reads() {}

func (p *shopPlace) hints(m *Model) []hint {
	all := []hint{{"tab", "next place"}, {":", "anything"}, {"q", "leave"}}
	if m.overflows(p) {
		all = append([]hint{{"j k", "scroll"}}, all...)
	}
	return all
}

func (p *shopPlace) load(m *Model) tea.Cmd {
	return fetch(m, "shop", own(m, m.svc.ShopToday), func(t view.ShopToday) tea.Cmd {
		p.today = t
		return nil
	})
}

// draw is all of it, the figures before the days. Where that is more than the terminal has, it is scrolled.
func (p *shopPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("shop", width); l != nil {
		return l
	}
	t := p.today
	who := lineOf(toneFaint, view.Clean(t.Vendor)+", "+t.Role+"  ")
	out := append(topGap(height), heading(view.Clean(t.Title)).cut(max(8, width-who.width()-2)).right(width, who))
	out = append(out, facts(factBlock{width: width}, view.Without(t.Facts(m.format()), "Vendor", "Name"))...)
	if len(t.Sums) == 0 {
		return append(out, nil, lineOf(toneFaint, "  Sales are counted here as soon as there are some."))
	}
	for _, s := range t.Sums {
		title := fmt.Sprintf("Last %d days, %s", len(s.Days), s.Currency)
		bars := view.Map(chart(view.Map(s.Days, func(d view.ShopDay) int64 { return d.Sold.Micros }), chartRows, 3),
			func(l line) line { return append(lineOf(toneText, "  "), l...) })
		out = append(out, section(title, bars)...)
	}
	return out
}

// shopKind is one of the lists of a vendor: how it is read, what stands in it, and what can be done about a row.
type shopKind[T any] struct {
	name, crumb string
	one         string         // what a row is called
	list        string         // the command that lists them all, "" if this is all
	id, title   func(T) string // the title has the words of strangers
	worth       func(T) ledger.Amount
	table       func([]T, view.Format) view.Table
	about       func(T, view.Format) []view.Fact
	page        func(context.Context, *Model, view.Caller, view.Paging) (view.Page[T], error)
	arrange     func([]T) []T // puts the rows of all pages into the usual order; nil: as they come
	usual       view.Sorting  // its name
	none, how   string        // what stands in the place of no row
	acts        func(*Model, T) []shopAct
}

// shopList is a list of a vendor with the chosen row below it, or beside it.
type shopList[T any] struct {
	list[T]
	kind  shopKind[T]
	pages int  // that are here
	older bool // the service has more
}

// shopRows is how many rows of a vendor a page has, and shopPages how many of them a session holds at most.
const shopRows, shopPages = 100, 5

func newShopList[T any](k shopKind[T]) *shopList[T] {
	p := &shopList[T]{kind: k, pages: 1}
	p.list = list[T]{
		id: k.id, worth: k.worth, columns: k.table(nil, view.Format{}).Columns, arrangement: arrangement{usual: k.usual},
		open: func(m *Model, v T) screen { return newShopSheet(m, p.kind, v) },
	}
	return p
}

func (*shopList[T]) tellsTime()      {}
func (p *shopList[T]) name() string  { return p.kind.name }
func (p *shopList[T]) crumb() string { return p.kind.crumb }

// copyable is the id of the chosen row.
func (p *shopList[T]) copyable() string {
	v, ok := p.selected()
	if !ok {
		return ""
	}
	return p.kind.id(v)
}

func (p *shopList[T]) hints(*Model) []hint {
	all := append(p.ofRows(hint{"enter", "open"}), p.listHints()...)
	if p.older {
		all = append([]hint{{"m", "more"}}, all...)
	}
	return append(all, hint{"q", "leave"})
}

// load reads all pages that are here anew: their rows may have changed.
func (p *shopList[T]) load(m *Model) tea.Cmd {
	pages := p.pages
	return fetch(m, p.kind.name, func(ctx context.Context) (all view.Page[T], err error) {
		q := view.Paging{Limit: shopRows}
		for range pages {
			page, err := p.kind.page(ctx, m, m.who, q)
			if err != nil {
				return all, err
			}
			all.Data, all.Next = append(all.Data, page.Data...), page.Next
			if q.Before = page.Next; page.Next == "" {
				break
			}
		}
		if p.kind.arrange != nil {
			all.Data = p.kind.arrange(all.Data)
		}
		return all, nil
	}, func(all view.Page[T]) tea.Cmd {
		p.older = all.Next != ""
		p.replace(all.Data)
		return nil
	})
}

// key takes the following page with those of every list. What a session does not hold, the command lists.
func (p *shopList[T]) key(m *Model, k Key) (tea.Cmd, bool) {
	switch cmd, used := p.list.key(m, k); {
	case used || k.String() != "m" || !p.older:
		return cmd, used
	case p.pages == shopPages:
		m.notify(toneText, "A screen holds no more. "+p.kind.list+" lists all, page after page.")
	case !m.request(p.kind.name).running:
		p.pages++
		return p.load(m), true
	}
	return nil, true
}

// position tells of a list that goes on how many there are so far.
func (p *shopList[T]) position(m *Model) string {
	where := p.list.position(m)
	if where != "" && p.older {
		where += "+"
	}
	return where
}

func (p *shopList[T]) draw(m *Model, width, height int) []line {
	if l := m.placeholder(p.kind.name, width); l != nil {
		return l
	}
	if len(p.all) == 0 {
		return emptyPlace(width, height, p.kind.none, p.kind.how)
	}
	rows := func(m *Model, width, height int) []line {
		return p.rows(p.kind.table(p.all, m.format())).draw(&p.listCursor, width, height)
	}
	about := func(m *Model, width, room int) []line {
		v, ok := p.selected()
		if !ok {
			return nil
		}
		all := append([]line{heading(view.Clean(p.kind.title(v))).cut(width - 2)},
			facts(factBlock{width: width}, p.kind.about(v, m.format()))...)
		return all[:min(len(all), max(1, room))]
	}
	return m.beside(width, height, rows, about, upperHalf(len(p.all), height))
}
