package server

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// notifier wakes the channels that watch a topic: the watcher reads the books again.
// Channels have room for one, so a slow watcher delays no sale and misses nothing.
type notifier struct {
	mu     sync.Mutex
	topics map[string]map[chan view.Wake]struct{}
	later  map[chan view.Wake][]string // topics that a watcher got after it began
}

// topicUser is woken by everything that changes what a person sees.
func topicUser(u ledger.UserID) string { return "u/" + strconv.FormatUint(uint64(u), 10) }

// topicKey is woken when a key joins or recovers a wallet.
func topicKey(fingerprint string) string { return "k/" + fingerprint }

// topicCheckout is woken when a checkout is answered.
func topicCheckout(c ledger.CheckoutID) string {
	return "c/" + strconv.FormatUint(uint64(c.Vendor), 10) + "/" + strconv.FormatUint(c.Number, 10)
}

// topicDesk is woken by everything that staff decide about.
const topicDesk = "desk"

// watch subscribes one channel to the topics until ctx ends. The channel is never closed: a watcher ends with its
// context.
func (n *notifier) watch(ctx context.Context, topics ...string) <-chan view.Wake {
	c := make(chan view.Wake, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.topics == nil {
		n.topics = map[string]map[chan view.Wake]struct{}{}
	}
	for _, t := range topics {
		if n.topics[t] == nil {
			n.topics[t] = map[chan view.Wake]struct{}{}
		}
		n.topics[t][c] = struct{}{}
	}
	context.AfterFunc(ctx, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, t := range slices.Concat(topics, n.later[c]) {
			if delete(n.topics[t], c); len(n.topics[t]) == 0 {
				delete(n.topics, t)
			}
		}
		delete(n.later, c)
	})
	return c
}

// also lets all who watch the first topic watch the second one too: a key that has just joined a wallet.
func (n *notifier) also(topic, too string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.topics[topic] {
		if _, had := n.topics[too][c]; had {
			continue
		}
		if n.topics[too] == nil {
			n.topics[too] = map[chan view.Wake]struct{}{}
		}
		if n.later == nil {
			n.later = map[chan view.Wake][]string{}
		}
		n.topics[too][c] = struct{}{}
		n.later[c] = append(n.later[c], too)
	}
}

// wake says that anything may have changed.
func (n *notifier) wake(topics ...string) { n.tell(view.Wake{}, topics...) }

// tell never blocks. What a full channel holds and what is told become one: anything, or the later window.
func (n *notifier) tell(w view.Wake, topics ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range topics {
		for c := range n.topics[t] {
			now := w
			select {
			case held := <-c:
				if held.Anything() {
					now = held
				}
			default:
			}
			c <- now // there is room: nobody else sends
		}
	}
}
