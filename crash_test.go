package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// salesCallers is how many vendors' calls wait at the same time while the service is killed.
const salesCallers = 16

// crash kills the service in the middle of a load of purchases, starts it again, and compares: every purchase that was
// confirmed is there under its id, one whose answer never came becomes a yes or a no by its idempotency key, and
// nothing was sold twice. It leaves the number of sales in $SOLD.
//
//	crash ROUNDS BODY [MANY]   BODY is the charge to send; MANY: so often in one request
func crash(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: crash ROUNDS BODY [MANY]")
	}
	rounds, err := strconv.Atoi(args[0])
	ts.Check(err)
	s := &sales{body: expanded(ts, args[1]), answered: map[string]string{}, callers: salesCallers}
	if len(args) == 3 {
		s.many, err = strconv.Atoi(args[2])
		ts.Check(err)
		s.callers = 3 // of one vendor
		one := strings.TrimSpace(string(s.body))
		s.body = []byte(`{"charges":[` + one + strings.Repeat(","+one, s.many-1) + `]}`)
	}
	for range rounds {
		s.to, s.key = ts.Getenv("HTTP")+"/v1/charges", apiKey(ts)
		ts.Check(s.load(func() { _ = worldOf(ts).end(syscall.SIGKILL) }))
		start(ts, false, worldOf(ts).started)
		s.to = ts.Getenv("HTTP") + "/v1/charges"
		ts.Check(s.look())
	}
	sold := len(s.answered) * max(1, s.many)
	ts.Setenv("SOLD", strconv.Itoa(sold))
	say(
		ts,
		fmt.Sprintf("%d sold in %d rounds, %d of them without an answer before the kill\n", sold, rounds, s.unknown),
	)
}

// sales are the charges of one story.
type sales struct {
	to, key  string
	body     []byte
	many     int // charges of one request, 0: one that is not in a list
	callers  int
	answered map[string]string // idempotency key: ids of its charges, with a comma between
	fresh    []string          // keys that were answered since the last look
	open     []string          // keys whose answer never came
	unknown  int
}

// load sells until the service is gone. The kill comes when some were answered and others are on their way.
func (s *sales) load(kill func()) error {
	var mu sync.Mutex
	var first error
	var count atomic.Int64
	var callers sync.WaitGroup
	dying := 100 + rand.Int64N(400)
	if s.many > 0 {
		dying = 3 + rand.Int64N(9)
	}
	round := rand.Uint64()
	for c := range s.callers {
		callers.Go(func() {
			for n := 0; ; n++ {
				key := fmt.Sprintf("%x-%d-%d", round, c, n)
				id, _, err := s.charge(key)
				mu.Lock()
				if err != nil {
					s.open, first = append(s.open, key), cmp.Or(first, err)
				} else {
					s.answered[key], s.fresh = id, append(s.fresh, key)
				}
				mu.Unlock()
				if err != nil {
					return
				}
				if count.Add(1) == dying {
					kill()
				}
			}
		})
	}
	callers.Wait()
	if count.Load() < dying {
		return fmt.Errorf("the load ended before the kill: %w", first)
	}
	return nil
}

// look asks for the sales of the last load again by their keys, and compares all with the vendor's list.
func (s *sales) look() error {
	for _, key := range s.fresh {
		id := s.answered[key]
		again, replayed, err := s.charge(key)
		if err != nil {
			return fmt.Errorf("%s was answered with %s before the kill, and now: %w", key, id, err)
		}
		if again != id || !replayed {
			return fmt.Errorf("%s was answered with %s before the kill, now with %s (replayed: %v)", key, id, again, replayed)
		}
	}
	s.unknown += len(s.open)
	for _, key := range s.open {
		id, _, err := s.charge(key)
		if err != nil {
			return fmt.Errorf("%s stays unknown: %w", key, err)
		}
		s.answered[key] = id
	}
	s.open, s.fresh = nil, nil
	ids := map[string]bool{}
	for _, id := range s.answered {
		for one := range strings.SplitSeq(id, ",") {
			ids[one] = true
		}
	}
	for cursor := ""; ; {
		var page struct {
			Data []struct {
				ID string `json:"id"`
			} `json:"data"`
			Next string `json:"next_cursor"`
		}
		if _, err := s.call(http.MethodGet, s.to+"?limit=100&cursor="+cursor, "", &page); err != nil {
			return err
		}
		for _, c := range page.Data {
			if !ids[c.ID] {
				return fmt.Errorf("%s was sold without a request, or twice", c.ID)
			}
			delete(ids, c.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(ids) > 0 {
		return fmt.Errorf("%d answered sales are not in the vendor's list", len(ids))
	}
	return nil
}

func (s *sales) charge(key string) (id string, replayed bool, err error) {
	if s.many > 0 {
		return s.charges(key)
	}
	var c struct {
		ID string `json:"id"`
	}
	header, err := s.call(http.MethodPost, s.to, key, &c)
	return c.ID, header.Get("Idempotent-Replayed") == "true", err
}

// charges sells many in one request.
func (s *sales) charges(key string) (ids string, replayed bool, err error) {
	var all struct {
		Data []struct {
			Charge  struct{ ID string }
			Problem json.RawMessage
		}
	}
	header, err := s.call(http.MethodPost, s.to+"/bulk", key, &all)
	var each []string
	for i, one := range all.Data {
		if one.Charge.ID == "" {
			return "", false, fmt.Errorf("charge %d of %s: %s", i, key, one.Problem)
		}
		each = append(each, one.Charge.ID)
	}
	return strings.Join(each, ","), header.Get("Idempotent-Replayed") == "true", err
}

// saleClient keeps its connections: a load is not a test of handshakes.
var saleClient = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: salesCallers}}

func (s *sales) call(method, url, key string, into any) (http.Header, error) {
	body := s.body
	if method == http.MethodGet {
		body = nil
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := saleClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = errors.New(res.Status + ": " + strings.TrimSpace(string(raw)))
	}
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	return res.Header, err
}
