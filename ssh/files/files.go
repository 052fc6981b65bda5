// Package files shows a wallet and a shop as files, over SFTP: what was bought, and statements. A vendor sells by
// putting a file. It knows who is calling, by the key of the session, and asks the service for everything, as the
// commands do.
//
//	/README.txt                         what is here, and what it costs
//	/library/VENDOR/TITLE.html          what was bought and can be opened; opening a file counts a view (library.go)
//	/statements/2026-11.csv             the history of a month (statements.go)
//	/shop/statements/stl_….csv, .pdf    sealed statements of the vendor in whose team the key is
//	/inbox/NAME.md                      what the vendor sells from here; a file that is put becomes an offer (inbox.go)
//
// # Sizes
//
// The size of what has to be fetched or made is not known before it is opened, and to open costs a view: it is 0 until
// then, and right from then on. OpenSSH's sftp and scp read to the end whatever the size; so does pkg/sftp. A mounted
// directory (sshfs) reads what the size says, unless it is told direct_io. What a vendor has left here has its size
// at once.
//
// # Bounds
//
// A session has one open file at a time, and a few open directories. Nothing more is read from its client while
// something is listed or opened: the library answers in order, and would keep all later answers in memory.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Service is what the files are made of.
type Service interface {
	House(ctx context.Context) (view.House, error)
	WhoAmI(ctx context.Context, who view.Caller) (view.Identity, error)

	// Shelf lists what can be opened, newest first, with its type and size as far as they are known. It counts no view.
	Shelf(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.ShelfItem], error)
	// OpenContent opens what was bought and counts a view; what was opened a few minutes ago is the same view.
	OpenContent(ctx context.Context, who view.Caller, id string) (view.Opened, error)
	// History returns a page of what happened to the wallet.
	History(ctx context.Context, who view.Caller, q view.HistoryQuery) (view.History, error)

	// What the team of a vendor reads.
	ShopSettlements(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.Settlement], error)
	ShopStatement(ctx context.Context, who view.Caller, id string) (view.Statement, error)
	ShopSheet(ctx context.Context, who view.Caller, id string) (view.Sheet, error)

	// What the team of a vendor puts into its inbox: the offers that were made of files, newest first, and whether there
	// are more; the content that is kept for one, the address that sells it, and one file more.
	ShopInbox(ctx context.Context, who view.Caller) (all []view.InboxOffer, more bool, err error)
	ShopInboxRead(ctx context.Context, who view.Caller, offer string) ([]byte, error)
	ShopStaticLink(ctx context.Context, who view.Caller, offer string) (view.StaticLink, error)
	ShopInboxPut(ctx context.Context, who view.Caller, q view.InboxFile) (view.InboxOffer, error)
}

// Options are for Serve.
type Options struct {
	Now  func() time.Time
	Log  *slog.Logger // where internal errors go; nil: nowhere
	Tell func(string) // a line for the person, beside the protocol: its clients show few words of a refusal
}

const (
	mostTold = 200 // lines of one session
	mostDirs = 16  // open directories of one session
)

// Serve speaks SFTP until the client leaves, or reads and writes fail. Calls of the service end with ctx.
func Serve(ctx context.Context, svc Service, who view.Caller, o Options, rw io.ReadWriteCloser) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &handlers{o: o, drafts: newDrafts(), t: &tree{ctx: ctx, svc: svc, who: who, now: o.Now}}
	server := sftp.NewRequestServer(
		quiet{rw, &h.busy}, sftp.Handlers{FileGet: h, FilePut: h, FileCmd: h, FileList: h},
	)
	if err := server.Serve(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// quiet reads nothing from the client while something is listed or opened.
type quiet struct {
	io.ReadWriteCloser
	busy *sync.RWMutex
}

// Read implements io.Reader.
func (q quiet) Read(p []byte) (int, error) {
	q.busy.RLock()
	//lint:ignore SA2001 it waits for its turn, and holds nothing up
	q.busy.RUnlock()
	return q.ReadWriteCloser.Read(p)
}

// handlers answer the requests of one session. The library calls them in goroutines that do not recover: each does.
type handlers struct {
	o Options
	t *tree

	*drafts              // of the inbox, for as long as the session lasts
	busy    sync.RWMutex // held while something is done

	mu   sync.Mutex
	dirs int
	open *opened // nil: none, or an upload
	puts *upload // nil: none
	told int
	last string
}

// do does one thing after the other, and makes a status of its error. A panic ends the request, not the process.
func (h *handlers) do(what string, fn func() error) (err error) {
	h.busy.Lock()
	defer h.busy.Unlock()
	defer func() {
		if r := recover(); r != nil {
			h.o.Log.Error("sftp: panic", "where", what, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = errFault
		}
	}()
	return h.status(what, fn())
}

// errFault is all that a client learns of a fault of ours.
var errFault = errors.New("something went wrong here, and it was logged")

// What clients ask by themselves is refused without a line for the person: files that are not there, and links.
var (
	errMissing = worded{sftp.ErrSSHFxNoSuchFile, "no such file"}
	errNoLinks = worded{sftp.ErrSSHFxOpUnsupported, "there are no links"}
)

// worded is a status with words of its own, which some clients show.
type worded struct {
	status error
	words  string
}

func (w worded) Error() string { return w.words }
func (w worded) Unwrap() error { return w.status }

// refused is what a person is told.
func refused(status error, format string, args ...any) error {
	return worded{status, fmt.Sprintf(format, args...)}
}

// status tells a refusal in words, and logs a fault.
func (h *handlers) status(what string, err error) error {
	var w worded
	var no *ledger.Refusal
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, errMissing), errors.Is(err, errNoLinks):
		return err
	case errors.As(err, &w):
	case errors.As(err, &no):
		w = worded{sftp.ErrSSHFxFailure, no.Error()}
		switch {
		case errors.Is(no, ledger.ErrNotFound):
			w.status = sftp.ErrSSHFxNoSuchFile
		case errors.Is(no, ledger.ErrNotAllowed), errors.Is(no, ledger.ErrNotJoined), errors.Is(no, ledger.ErrGrantOver):
			w.status = sftp.ErrSSHFxPermissionDenied
		}
	case h.t.ctx.Err() != nil:
		return sftp.ErrSSHFxConnectionLost
	default:
		h.o.Log.Error("sftp: internal error", "where", what, "error", err)
		return errFault
	}
	h.tell(w.words)
	return w
}

// tell says a line beside the protocol, not the same one again and again.
func (h *handlers) tell(line string) {
	if line = view.Clean(line); line == h.last || h.told == mostTold || h.o.Tell == nil {
		return
	}
	h.last = line
	h.told++
	h.o.Tell(line)
}
