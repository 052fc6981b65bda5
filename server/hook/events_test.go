package hook

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"tuppence/server/view"
)

// A vendor sees how its endpoint takes events, changes it, looks at what was sent, and has it sent again.
func TestVendorSeesAndRepeatsEvents(t *testing.T) {
	w := newWorld(t)
	var status, calls atomic.Int64
	status.Store(http.StatusInternalServerError)
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		rw.WriteHeader(int(status.Load()))
	}))
	defer site.Close()
	url := strings.Replace(site.URL, "127.0.0.1", "localhost", 1) + "/hook?token=hidden"
	const path = "/v1/webhook_endpoints"
	id := w.must(201, "POST", path, `{"url":"`+url+`","event_types":["charge.succeeded"]}`).text("id")
	ann := w.ann(500)
	c := w.checkout(w.offer("0.25"), "c")
	if _, err := w.svc.Answer(t.Context(), ann, view.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	w.svc.Sweep(t.Context())
	shown := w.must(200, "GET", path+"/"+id, "")
	for _, want := range []string{`"status":500`, `"next_attempt"`, `"max_in_flight":1`, `"status":"live"`} {
		if !strings.Contains(shown.raw, want) || strings.Contains(shown.raw, "secret") {
			t.Errorf("the endpoint has no %s, or a secret: %s", want, shown.raw)
		}
	}
	list := w.must(200, "GET", "/v1/events?type=charge.succeeded", "")
	if !strings.Contains(list.raw, `"waiting"`) || !strings.Contains(list.raw, `"has_more":false`) {
		t.Errorf("events: %s", list.raw)
	}
	event := list.body["data"].([]any)[0].(map[string]any)["id"].(string)
	w.must(409, "POST", "/v1/events/"+event+"/redeliver", "")
	w.must(200, "PATCH", path+"/"+id, `{"status":"disabled"}`)
	w.must(200, "PATCH", path+"/"+id, `{"status":"live","max_in_flight":2}`)
	status.Store(http.StatusNoContent)
	w.svc.Sweep(t.Context())
	w.must(200, "POST", "/v1/events/"+event+"/redeliver", `{"endpoint_id":"`+id+`"}`)
	w.svc.Sweep(t.Context())
	if calls.Load() != 3 {
		t.Errorf("%d calls, want a failure, a success, and one more", calls.Load())
	}
	if list := w.must(200, "GET", "/v1/events?since="+event, ""); !strings.Contains(list.raw, `"data":[]`) {
		t.Errorf("events after the only one: %s", list.raw)
	}
	w.must(200, "POST", path+"/"+id+"/rotate_secret", `{"overlap_seconds":3600}`)
	w.must(200, "POST", path+"/"+id+"/rotate_secret", "")
	for _, bad := range [][3]string{
		{"PATCH", path + "/" + id, `{"status":"asleep"}`},
		{"PATCH", path + "/" + id, `{"max_in_flight":9}`},
		{"PATCH", path + "/" + id, `{"url":"https://10.0.0.1/"}`},
		{"PATCH", path + "/" + id, `{"event_types":["x"]}`},
		{"POST", path + "/" + id + "/rotate_secret", `{"overlap_seconds":604801}`},
		{"GET", "/v1/events?type=x", ""},
		{"GET", "/v1/events?since=evt_x", ""},
		{"GET", "/v1/events?cursor=x", ""},
	} {
		w.must(400, bad[0], bad[1], bad[2])
	}
	w.must(409, "POST", path+"/"+id+"/rotate_secret", "")
	w.must(404, "POST", "/v1/events/evt_x/redeliver", "")
	w.must(404, "GET", path+"/whe_x", "")
}
