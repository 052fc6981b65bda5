package files

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

var noon = time.Date(2026, time.November, 29, 12, 0, 0, 0, time.UTC)

// bookcase stands in for the service: a wallet with some purchases, and a shop.
type bookcase struct {
	mu     sync.Mutex
	now    time.Time
	me     view.Identity
	items  []view.ShelfItem // newest first
	rows   []view.Row       // newest first
	sealed []view.Settlement
	inbox  []view.InboxOffer
	puts   map[string]view.InboxFile // by the id of the offer
	pages  int                       // of the shelf that were read
	opens  map[string]int
	fails  func(id string) error
	waits  chan struct{} // an opening waits for it; nil: none does
}

func newBookcase() *bookcase {
	return &bookcase{now: noon, me: view.Identity{Handle: "w_ann"}, opens: map[string]int{}}
}

// bought adds the newest purchase.
func (b *bookcase) bought(vendor, title, media string, size int) {
	id := fmt.Sprintf("chg_%d", len(b.items)+1)
	b.items = append([]view.ShelfItem{{
		LibraryItem: view.LibraryItem{ID: id, Title: title, Vendor: vendor, At: view.At(noon)}, Type: media, Size: size,
	}}, b.items...)
}

func (b *bookcase) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bookcase) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bookcase) House(context.Context) (view.House, error) {
	return view.House{Host: "pay.example"}, nil
}

func (b *bookcase) WhoAmI(context.Context, view.Caller) (view.Identity, error) { return b.me, nil }

// paged is a page of a list.
func paged[T any](all []T, q view.Paging) (page view.Page[T]) {
	from := 0
	if q.Before != "" {
		_, _ = fmt.Sscan(string(q.Before), &from)
	}
	to := min(from+q.Rows(), len(all))
	page.Data = all[from:to]
	if to < len(all) {
		page.Next = view.Cursor(fmt.Sprint(to))
	}
	return page
}

func (b *bookcase) Shelf(_ context.Context, _ view.Caller, q view.Paging) (view.Page[view.ShelfItem], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages++
	return paged(b.items, q), nil
}

func (b *bookcase) OpenContent(ctx context.Context, _ view.Caller, id string) (view.Opened, error) {
	if b.waits != nil {
		select {
		case <-b.waits:
		case <-ctx.Done():
			return view.Opened{}, ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails != nil {
		if err := b.fails(id); err != nil {
			return view.Opened{}, err
		}
	}
	b.opens[id]++
	return view.Opened{ID: id, Content: base64.StdEncoding.EncodeToString([]byte("content of " + id))}, nil
}

func (b *bookcase) History(_ context.Context, _ view.Caller, q view.HistoryQuery) (page view.History, err error) {
	f := view.ParseFilter(q.Filter, b.now, time.UTC)
	page.Total = uint64(len(b.rows))
	if q.Oldest {
		page.Data = b.rows[max(len(b.rows)-1, 0):]
		return page, nil
	}
	rows := b.rows
	if q.Before == "" {
		rows = rows[min(int(q.Skip), len(rows)):]
	}
	var through []view.Row
	for _, r := range rows {
		if (f.Since.IsZero() || !r.At.Before(f.Since)) && (f.Until.IsZero() || r.At.Before(f.Until)) {
			through = append(through, r)
		}
	}
	page.Page = paged(through, q.Paging)
	return page, nil
}

func (b *bookcase) ShopSettlements(
	_ context.Context, _ view.Caller, q view.Paging,
) (view.Page[view.Settlement], error) {
	return paged(b.sealed, q), nil
}

func (b *bookcase) ShopStatement(_ context.Context, _ view.Caller, id string) (view.Statement, error) {
	return view.Statement{Settlement: view.Settlement{ID: id}}, nil
}

func (b *bookcase) ShopSheet(_ context.Context, _ view.Caller, id string) (view.Sheet, error) {
	return view.Sheet{PDF: base64.StdEncoding.EncodeToString([]byte("%PDF " + id))}, nil
}

func (b *bookcase) ShopInbox(context.Context, view.Caller) ([]view.InboxOffer, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]view.InboxOffer(nil), b.inbox...), false, nil
}

func (b *bookcase) ShopInboxRead(_ context.Context, _ view.Caller, offer string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.puts[offer].Content, nil
}

func (b *bookcase) ShopStaticLink(_ context.Context, _ view.Caller, offer string) (view.StaticLink, error) {
	return view.StaticLink{URL: "https://pay.example/b/" + offer}, nil
}

func (b *bookcase) ShopInboxPut(_ context.Context, _ view.Caller, q view.InboxFile) (view.InboxOffer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails != nil {
		if err := b.fails(q.Name); err != nil {
			return view.InboxOffer{}, err
		}
	}
	o := view.InboxOffer{Name: q.Name, Type: q.Type, Size: len(q.Content)}
	o.ID, o.Created = "ofr_"+q.Name, view.At(noon)
	if q.Order != nil {
		o.Title, o.Price = *q.Order.Title, *q.Order.Price
	}
	if b.puts == nil {
		b.puts = map[string]view.InboxFile{}
	}
	b.puts[o.ID] = q
	b.inbox = append(b.inbox, o)
	return o, nil
}

// told collects the lines beside the protocol.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (l *told) tell(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *told) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}

// serves serves one session and returns the client's end.
func serves(t *testing.T, svc Service, now func() time.Time) (net.Conn, *told) {
	t.Helper()
	here, there := net.Pipe()
	lines, done := &told{}, make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		done <- Serve(ctx, svc, view.Caller{Fingerprint: "SHA256:ann"}, Options{Now: now, Tell: lines.tell}, there)
	}()
	t.Cleanup(func() {
		here.Close()
		cancel()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Error("the session did not end")
		}
	})
	return here, lines
}

// comes is a client of a session.
func comes(t *testing.T, b *bookcase) (*sftp.Client, *told) {
	t.Helper()
	conn, lines := serves(t, b, b.clock)
	c, err := sftp.NewClientPipe(conn, conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, lines
}

// names lists a directory.
func names(t *testing.T, c *sftp.Client, dir string) (all []string) {
	t.Helper()
	list, err := c.ReadDir(dir)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	for _, f := range list {
		all = append(all, f.Name())
	}
	return all
}

// get reads a file.
func get(t *testing.T, c *sftp.Client, name string) string {
	t.Helper()
	f, err := c.Open(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(all)
}

// code is the status of a refusal.
func code(err error) uint32 {
	if s := (*sftp.StatusError)(nil); errors.As(err, &s) {
		return s.Code
	}
	return 0
}

var _ Service = (*bookcase)(nil)

var errOver = ledger.Refuse(ledger.ErrGrantOver, "Buy it again.", "The grant has ended: 3 of 3 views are used.")
