package checkout

import "sync"

// Bounds of pages that wait. Each holds a connection, so together they have a fourth of those that the service takes; a
// request has one buyer, with a few windows at most.
const (
	maxWatching = 1024
	maxPerPage  = 16
)

// watcher is one page that waits.
type watcher struct {
	page string
	gone chan struct{} // closed when another got its place
}

// watchers are the pages that wait. Where a share is full, a newcomer gets the place of the one that has waited for
// longest: of the same page, or of the page that has most.
type watchers struct {
	mu    sync.Mutex
	all   int
	pages map[string][]*watcher // in the order in which they came
}

// enter gives a page a place.
func (w *watchers) enter(page string) *watcher {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pages == nil {
		w.pages = map[string][]*watcher{}
	}
	if len(w.pages[page]) >= maxPerPage {
		w.drop(page)
	} else if w.all >= maxWatching {
		w.drop(w.largest())
	}
	n := &watcher{page, make(chan struct{})}
	w.pages[page] = append(w.pages[page], n)
	w.all++
	return n
}

// largest is the page that has most watchers.
func (w *watchers) largest() (page string) {
	for p, all := range w.pages {
		if len(all) > len(w.pages[page]) {
			page = p
		}
	}
	return page
}

// drop takes the place of the one that has waited for longest on a page.
func (w *watchers) drop(page string) {
	oldest := w.pages[page][0]
	close(oldest.gone)
	w.remove(oldest)
}

// leave gives a place back; nothing happens if another has it.
func (w *watchers) leave(n *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(n)
}

func (w *watchers) remove(n *watcher) {
	all := w.pages[n.page]
	for i, o := range all {
		if o != n {
			continue
		}
		w.all--
		if len(all) == 1 {
			delete(w.pages, n.page)
		} else {
			w.pages[n.page] = append(all[:i:i], all[i+1:]...)
		}
		return
	}
}
