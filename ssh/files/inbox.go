package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/text/unicode/norm"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A file that a vendor puts into /inbox is for sale when it is closed: see [Service.ShopInboxPut]. A text has its terms
// in front of it. What has no place for them, a picture or a document, is put behind a file of terms, NAME.offer, which
// is kept for as long as the session lasts. So is what was wrong, as NAME.error.txt: few clients show it.

const (
	inboxDir = "/inbox"
	// What stands behind the name of a file that is none of the vendor's own.
	termsEnd, errorEnd, linkEnd = ".offer", ".error.txt", ".link.txt"

	mostTerms  = 8 << 10                       // bytes of terms
	mostUpload = ledger.MaxContent + mostTerms // bytes of a file
	mostDrafts = 50                            // terms and errors of a session
)

// mayPut reports whether the key may put files for its vendor.
func (t *tree) mayPut() bool {
	role := ledger.TeamRole(t.me.ShopRole)
	return t.me.Shop != "" && (role == ledger.TeamOwner || role == ledger.TeamCatalogue)
}

// listInbox lists what was made of files, each with the address that sells it.
func (t *tree) listInbox() error {
	var offers []view.InboxOffer
	more := false
	err := t.patiently(func() (err error) {
		offers, more, err = t.svc.ShopInbox(t.ctx, t.who)
		return err
	})
	if err != nil {
		return err
	}
	all := []*file{t.text("README.txt", t.howToSell())}
	for _, o := range offers {
		if cleanName(o.Name, "") != o.Name { // it was not named here
			continue
		}
		all = append(all,
			&file{name: o.Name, size: o.Size, at: o.Created.Time, read: func(ctx context.Context) ([]byte, error) {
				return t.svc.ShopInboxRead(ctx, t.who, o.ID)
			}},
			&file{name: o.Name + linkEnd, at: o.Created.Time, read: func(ctx context.Context) ([]byte, error) {
				text, err := t.sells(ctx, o)
				return []byte(text + "\n"), err
			}})
	}
	if more {
		all = append(all, t.text("OLDER.txt", fmt.Sprintf(
			"Only the newest files are here. All offers are listed by: ssh %s shop offers\n", t.house.Host)))
	}
	t.keep(inboxDir, all)
	return nil
}

// sells says where an offer is sold.
func (t *tree) sells(ctx context.Context, o view.InboxOffer) (string, error) {
	l, err := t.svc.ShopStaticLink(ctx, t.who, o.ID)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s sells at %s. In a browser: %s In a terminal: ssh %s get %s",
		view.Clean(o.Title), o.Price, l.URL, t.house.Host, o.ID), nil
}

// howToSell says what a file looks like.
func (t *tree) howToSell() string {
	return fmt.Sprintf(`Put a text here and it is for sale, kept and opened from here: you need no server.
It begins with its terms:

---
title: How rivers freeze
price: 0.25 EUR
views: 5
days: 30
description: Ten minutes on ice.
---
The text itself.

title and price are needed. views, hours (after the first use) and days end what was bought; without them nothing does.
Kinds of files: %s.
A picture or a PDF has its terms in a file that is put before it, in the same session, without the two lines of ---:
first photo.jpg.offer, then photo.jpg.

The same name again is the next version, if something has changed; who has bought keeps what was bought.
NAME.link.txt says where it is sold. NAME.error.txt says what was wrong, until you leave.
A file has at most 1 MiB. A program that puts it under a name for a while and renames it has to be told not to.
To end an offer: ssh %s shop offer end ID
`, strings.Join(knownEnds(), ", "), t.house.Host)
}

// knownEnds are the extensions that may be put.
func knownEnds() (all []string) {
	for _, ext := range extensions {
		all = append(all, ext)
	}
	slices.Sort(all)
	return all
}

// mediaOf is the media type of a file by its name, "" if there is none.
func mediaOf(name string) string {
	ext := strings.ToLower(path.Ext(name))
	switch ext {
	case ".htm":
		ext = ".html"
	case ".jpeg":
		ext = ".jpg"
	}
	for media, known := range extensions {
		if ext == known {
			return media
		}
	}
	return ""
}

// drafts is what a session has put or done wrong, and no offer is made of.
type drafts struct {
	lock  sync.Mutex
	texts map[string]string // by the name of the file
}

func newDrafts() *drafts { return &drafts{texts: map[string]string{}} }

// note keeps a text, or forgets it ("").
func (d *drafts) note(name, text string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if _, had := d.texts[name]; text == "" {
		delete(d.texts, name)
	} else if had || len(d.texts) < mostDrafts {
		d.texts[name] = text
	}
}

func (d *drafts) text(name string) string {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.texts[name]
}

// files are the drafts in the inbox.
func (d *drafts) files(t *tree) (all []*file) {
	d.lock.Lock()
	defer d.lock.Unlock()
	for name, text := range d.texts {
		all = append(all, t.text(name, text))
	}
	slices.SortFunc(all, func(a, b *file) int { return cmp.Compare(a.name, b.name) })
	return all
}

// upload is a file on its way into the inbox. Its parts come from several goroutines, in any order.
type upload struct {
	h    *handlers
	path string // as the client calls it
	name string

	lock    sync.Mutex
	content []byte
	came    parts
	broken  error // a part was refused, or the client has gone
}

// begins begins an upload.
func (h *handlers) begins(r *sftp.Request) (*upload, error) {
	dir, name := path.Split(norm.NFC.String(r.Filepath))
	if _, err := h.t.list(inboxDir); dir != inboxDir+"/" || err != nil {
		return nil, errReadOnly
	}
	switch plain := strings.TrimSuffix(name, termsEnd); {
	case cleanName(name, "") != name || strings.HasSuffix(name, errorEnd) || strings.HasSuffix(name, linkEnd) ||
		name == "README.txt" || name == "OLDER.txt":
		return nil, refused(sftp.ErrSSHFxPermissionDenied, "Give the file another name: of letters, digits, blanks, . - _")
	case mediaOf(plain) == "":
		return nil, refused(sftp.ErrSSHFxPermissionDenied,
			"A file of this kind is not sold from here. These are: %s.", strings.Join(knownEnds(), ", "))
	case r.Pflags().Append:
		return nil, refused(sftp.ErrSSHFxPermissionDenied, "Put the whole file: nothing is added to one.")
	case h.hasOpen():
		return nil, errOneOpen
	}
	u := &upload{h: h, path: r.Filepath, name: name}
	h.mu.Lock()
	h.puts = u
	h.mu.Unlock()
	return u, nil
}

// uploads is the upload of a path, nil if there is none.
func (h *handlers) uploads(path string) *upload {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.puts == nil || h.puts.path != path {
		return nil
	}
	return h.puts
}

// about is what is known of it while it comes.
func (u *upload) about() *file {
	u.lock.Lock()
	defer u.lock.Unlock()
	return &file{
		name: u.name, size: len(u.content), at: u.h.t.now(),
		read: func(context.Context) ([]byte, error) { return nil, errOneOpen },
	}
}

var errMissingParts = worded{sftp.ErrSSHFxFailure, "Parts of the file are missing. Put the whole file."}

var errTooLarge = worded{sftp.ErrSSHFxFailure, "A file may have at most 1 MiB. Keep larger ones on a site of your own."}

// WriteAt implements io.WriterAt.
func (u *upload) WriteAt(p []byte, at int64) (int, error) {
	u.lock.Lock()
	defer u.lock.Unlock()
	if u.broken == nil && (at < 0 || at > mostUpload || at+int64(len(p)) > mostUpload) {
		u.broken = errTooLarge
	}
	if u.broken != nil {
		return 0, u.broken
	}
	end := int(at) + len(p)
	if end > len(u.content) {
		u.content = append(u.content, make([]byte, end-len(u.content))...)
	}
	copy(u.content[at:], p)
	if u.came = u.came.with(int(at), end); len(u.came) > mostParts {
		u.broken = errMissingParts
	}
	return len(p), u.broken
}

// cut cuts off what stands behind a size.
func (u *upload) cut(size uint64) {
	u.lock.Lock()
	defer u.lock.Unlock()
	if size < uint64(len(u.content)) {
		u.came = u.came.below(int(size))
		u.content = u.content[:size]
	}
}

// TransferError implements sftp.TransferError: the client has gone, so the file is not whole.
func (u *upload) TransferError(err error) {
	u.lock.Lock()
	defer u.lock.Unlock()
	u.broken = err
}

// Close implements io.Closer. The file is whole, and becomes an offer.
func (u *upload) Close() error {
	return u.h.do("put", func() error {
		u.h.mu.Lock()
		u.h.puts = nil
		u.h.mu.Unlock()
		u.lock.Lock()
		defer u.lock.Unlock()
		err := u.broken
		switch w := (worded{}); {
		case err != nil && !errors.As(err, &w):
			return sftp.ErrSSHFxConnectionLost
		case err == nil && !u.came.whole(len(u.content)):
			err = errMissingParts
		case err == nil:
			err = u.h.put(u.name, u.content)
		}
		said := ""
		if w, no := (worded{}), (*ledger.Refusal)(nil); errors.As(err, &w) || errors.As(err, &no) {
			said = err.Error() + "\n"
		}
		u.h.note(u.name+errorEnd, said)
		return err
	})
}

// put makes an offer of a file, or keeps its terms for the file that comes next.
func (h *handlers) put(name string, content []byte) error {
	if plain, terms := strings.CutSuffix(name, termsEnd); terms {
		if _, err := readTerms(content); err != nil {
			return err
		}
		h.note(name, string(content))
		h.tell("Now put " + plain)
		return nil
	}
	q := view.InboxFile{Name: name, Type: mediaOf(name), Content: content}
	terms, body, err := cutTerms(content)
	switch {
	case err != nil:
		return err
	case terms != nil:
		q.Order, q.Content = terms, body
	case h.text(name+termsEnd) != "":
		if q.Order, err = readTerms([]byte(h.text(name + termsEnd))); err != nil {
			return err
		}
	}
	var o view.InboxOffer
	err = h.t.patiently(func() (err error) { // another session may put one, too
		o, err = h.t.svc.ShopInboxPut(h.t.ctx, h.t.who, q)
		return err
	})
	if err != nil {
		return err
	}
	h.note(name+termsEnd, "")
	delete(h.t.until, inboxDir)
	if text, err := h.t.sells(h.t.ctx, o); err == nil {
		h.tell(text)
	}
	return nil
}
