package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// freshFor is how long a list is good: a client asks for each of its files at once.
const freshFor = 10 * time.Second

// longestWait bounds how long a list waits that has read more than a key may in a second.
const longestWait = 10 * time.Second

// file is a file or a directory, which has no read.
type file struct {
	name string
	size int
	at   time.Time
	read func(context.Context) ([]byte, error)

	writable bool // a directory into which files are put
}

// tree is what one key sees. One request is answered at a time.
type tree struct {
	ctx context.Context
	svc Service
	who view.Caller
	now func() time.Time

	house view.House
	me    view.Identity
	lists map[string][]*file // by path, of what was listed
	until map[string]time.Time
}

// find finds a file by its path, which is clean.
func (t *tree) find(name string) (*file, error) {
	if name == "/" {
		return &file{name: "/", at: t.now()}, nil
	}
	dir, base := path.Split(name)
	all, err := t.list(path.Clean(dir))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(f *file) bool { return f.name == base })
	if i < 0 {
		return nil, errMissing
	}
	return all[i], nil
}

// list lists a directory. What is no directory is missing.
func (t *tree) list(dir string) ([]*file, error) {
	if t.now().Before(t.until[dir]) {
		return t.lists[dir], nil
	}
	if dir != "/" { // whether it is there for this key
		d, err := t.find(dir)
		if err != nil {
			return nil, err
		}
		if d.read != nil {
			return nil, errMissing
		}
		if t.now().Before(t.until[dir]) { // it came with the list above it
			return t.lists[dir], nil
		}
	}
	var err error
	switch top, _, _ := strings.Cut(strings.TrimPrefix(dir, "/"), "/"); {
	case dir == "/":
		err = t.listRoot()
	case top == "library": // and with it the lists of all vendors
		err = t.listLibrary()
	case dir == "/statements":
		err = t.listMonths()
	case dir == "/shop":
		t.keep(dir, []*file{t.dir("statements")})
	case dir == "/shop/statements":
		err = t.listSheets()
	case dir == inboxDir:
		err = t.listInbox()
	}
	if err != nil {
		return nil, err
	}
	return t.lists[dir], nil
}

// keep keeps a list for a moment, in the order of names.
func (t *tree) keep(dir string, all []*file) {
	if t.lists == nil {
		t.lists, t.until = map[string][]*file{}, map[string]time.Time{}
	}
	slices.SortFunc(all, func(a, b *file) int { return cmp.Compare(a.name, b.name) })
	t.lists[dir], t.until[dir] = all, t.now().Add(freshFor)
}

// dir is a directory as of now.
func (t *tree) dir(name string) *file { return &file{name: name, at: t.now()} }

// text is a file that is known.
func (t *tree) text(name, content string) *file {
	return &file{
		name: name, size: len(content), at: t.now(),
		read: func(context.Context) ([]byte, error) { return []byte(content), nil },
	}
}

// listRoot lists what there is for this key. It asks anew what the key may do.
func (t *tree) listRoot() (err error) {
	if t.me, err = t.svc.WhoAmI(t.ctx, t.who); err != nil {
		return err
	}
	if t.house, err = t.svc.House(t.ctx); err != nil {
		return err
	}
	all := []*file{t.text("README.txt", t.readme())}
	if t.me.Handle != "" {
		all = append(all, t.dir("library"), t.dir("statements"))
	}
	if t.me.Shop != "" {
		all = append(all, t.dir("shop"))
	}
	if t.mayPut() {
		inbox := t.dir("inbox")
		inbox.writable = true
		all = append(all, inbox)
	}
	t.keep("/", all)
	return nil
}

// readme says what is here.
func (t *tree) readme() string {
	var b strings.Builder
	if t.me.Handle == "" && t.me.Shop == "" {
		fmt.Fprintf(&b, "There is no wallet for this key yet, so there are no files. Open one with:\n\n  ssh %s join\n",
			t.house.Host)
		return b.String()
	}
	if t.mayPut() {
		b.WriteString("Everything here is read only, but for the inbox.\n")
	} else {
		b.WriteString("Everything here is read only.\n")
	}
	if t.me.Handle != "" {
		b.WriteString(`
library/VENDOR/   What you bought and can open. To copy a file is to open it, and COUNTS A VIEW, as the
                  command open does. For five minutes it is the same view, however often it is copied.
                  The size is 0 where it is not known before that: sftp and scp copy all of it.
statements/       Your history, a month in each file, as history --csv prints it.
`)
	}
	if t.me.Shop != "" {
		fmt.Fprintf(&b, "\nshop/statements/  Sealed statements of %s, as CSV and PDF.\n", t.me.Shop)
	}
	if t.mayPut() {
		b.WriteString("\ninbox/            A file that you put here is for sale. Its README.txt says how.\n")
	}
	fmt.Fprintf(&b, "\nEverything else is a command: ssh %s help\n", t.house.Host)
	return b.String()
}

// patiently reads again when a list has read more than a key may in a second.
func (t *tree) patiently(read func() error) error {
	for end := time.Now().Add(longestWait); ; {
		err := read()
		no := (*ledger.Refusal)(nil)
		if !errors.As(err, &no) || !errors.Is(err, ledger.ErrRate) || no.Retry <= 0 ||
			time.Now().Add(no.Retry).After(end) {
			return err
		}
		wait := time.NewTimer(no.Retry)
		select {
		case <-wait.C:
		case <-t.ctx.Done():
			wait.Stop()
			return t.ctx.Err()
		}
	}
}
