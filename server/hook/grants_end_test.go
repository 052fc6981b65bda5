package hook

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/view"
)

// A site asks by the name of a grant or by its token, and is told the same; nothing is counted and nothing written. An
// old token opens nothing, though its grant does; what is no token of this vendor and service is not found.
func TestIntrospection(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	c := w.checkout(w.offer("0.25"), "k")
	w.accept(ann, c)
	got := w.redeem(c)
	grant, token := got.text("grant", "id"), got.text("grant", "token")
	reader, other := w.restricted(view.APIKeyOrder{Name: "reader", Scopes: []string{"grants:read"}}), w.vendor("other")
	before := w.head()
	byName := w.must(200, "POST", "/v1/grants/"+grant+"/introspect", "")
	byToken := w.must(200, "POST", "/v1/grants/introspect", `{"token":"`+token+`"}`)
	if byName.raw != byToken.raw || byName.body["active"] != true || byName.body["views_left"] != 5.0 {
		t.Errorf("by name %s, by token %s", byName.raw, byToken.raw)
	}
	if byName.text("id") != grant || byName.text("wallet") != got.text("charge", "wallet") {
		t.Errorf("%s", byName.raw)
	}
	w.must(200, "POST", "/v1/grants/introspect", `{"token":"`+token+`"}`, "Authorization", "Bearer "+reader)
	a := w.call("POST", "/v1/grants/"+grant+"/revoke", `{"reason":"x"}`, "Authorization", "Bearer "+reader,
		"Idempotency-Key", "x")
	if a.status != 403 || a.text("param") != "grants:write" {
		t.Errorf("who may read ends a grant: %s", a.raw)
	}
	for name, body := range map[string]string{
		"no token": "abc", "another signature": token[:len(token)-8] + "AAAAAAAA", "unsigned": "e30.e30.",
		"another type": strings.Replace(token, ".", ".e30.", 1),
	} {
		if a := w.call("POST", "/v1/grants/introspect", `{"token":"`+body+`"}`); a.status != 404 {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	for path, body := range map[string]string{
		"/v1/grants/introspect": `{"token":"` + token + `"}`, "/v1/grants/" + grant + "/introspect": "",
	} {
		if a := w.call("POST", path, body, "Authorization", "Bearer "+other); a.status != 404 {
			t.Errorf("another vendor at %s: %d %s", path, a.status, a.raw)
		}
	}
	if w.head() != before {
		t.Error("to ask has changed the books")
	}
	w.time.Pass(6 * time.Minute)
	old := w.must(200, "POST", "/v1/grants/introspect", `{"token":"`+token+`"}`)
	if old.body["active"] != false || old.text("why") != "token_expired" || old.text("status") != "active" {
		t.Errorf("an old token: %s", old.raw)
	}
}

// A vendor ends a grant over HTTP: it answers so at once, is in the list of those that a site asks for, and its event
// comes with the reason.
func TestRevocationOverHTTP(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	w.delivered(ann, w.offer("0.25"))
	c := w.checkout(w.offer("0.25"), "k")
	w.accept(ann, c)
	got := w.redeem(c)
	grant, token, at := got.text("grant", "id"), got.text("grant", "token"), w.time.Now()
	w.time.Pass(time.Second)
	if a := w.must(200, "GET", "/v1/revocations", ""); len(a.body["data"].([]any)) != 0 {
		t.Errorf("revoked so far: %s", a.raw)
	}
	a := w.must(200, "POST", "/v1/grants/"+grant+"/revoke", `{"reason":"shared in public"}`, "Idempotency-Key", "r")
	if a.text("status") != "revoked" || a.text("token") != "" {
		t.Errorf("%s", a.raw)
	}
	why := w.must(200, "POST", "/v1/grants/introspect", `{"token":"`+token+`"}`)
	if why.body["active"] != false || why.text("why") != "revoked" || why.text("reason") != "shared in public" {
		t.Errorf("%s", why.raw)
	}
	list := w.must(200, "GET", "/v1/revocations?since="+at.UTC().Format(time.RFC3339), "")
	if rows := list.body["data"].([]any); len(rows) != 1 || rows[0].(map[string]any)["id"] != grant {
		t.Errorf("%s", list.raw)
	}
	late := w.must(200, "GET", "/v1/revocations?since="+w.time.Now().Add(time.Second).UTC().Format(time.RFC3339), "")
	if len(late.body["data"].([]any)) != 0 {
		t.Errorf("%s", late.raw)
	}
	if a := w.call("GET", "/v1/revocations?since=yesterday", ""); a.status != 400 || a.text("param") != "since" {
		t.Errorf("%d %s", a.status, a.raw)
	}
}
