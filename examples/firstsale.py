# A first sale in Python 3.8 or newer, and nothing else:  KEY=sk_test_… python3 examples/firstsale.py
# KEY is the vendor's API key, and SITE the origin that its account was opened for. Whoever runs this may type a charge
# (chg_…): its money goes back.
import base64, hmac, json, os, re, sys, threading, time, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qsl, quote, urlsplit
from urllib.request import Request, urlopen

KEY, PORT = os.environ["KEY"], os.environ.get("PORT", "8090")
TUPPENCE = os.environ.get("TUPPENCE", "http://127.0.0.1:8080")
SITE = os.environ.get("SITE", f"http://localhost:{PORT}")
sys.stdout.reconfigure(line_buffering=True)


# A call of the service. Sent again with the same idempotency key, because no answer came, it acts once. A refusal is
# problem+json: a code for programs, and for people what was wrong and what to do.
def post(path, key, body):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Idempotency-Key": key}
    try:
        with urlopen(Request(f"{TUPPENCE}/v1{path}", json.dumps(body).encode(), headers), timeout=15) as answer:
            return json.load(answer)
    except HTTPError as no:
        problem = json.load(no)
        print("refused: {status} {code}: {detail} {remedy}".format(**problem))
        no.msg = "{detail} {remedy}".format(**problem)
        raise


# What is sold, and where events go. The keys are the same at every start, so a second one makes no second offer, and
# has the same secret again. After the secret was replaced keep the new one instead.
offer = post("/offers", f"offer {SITE}", {
    "title": "How rivers freeze", "price": {"amount": "0.25", "currency": "EUR"},
    "kind": "content", "content_url": f"{SITE}/", "views": 2, "days": 30,
})
secret = post("/webhook_endpoints", f"hook {SITE}", {"url": f"{SITE}/hook"})["secret"]


# An event is genuine if it is signed with our secret and no older than five minutes (Standard Webhooks). While a
# secret is replaced it has a signature by each of the two.
def genuine(headers, body):
    name, at, signatures = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    mac = hmac.digest(base64.b64decode(secret.replace("whsec_", "")), f"{name}.{at}.".encode() + body, "sha256")
    want = b"v1," + base64.b64encode(mac)
    fresh = re.fullmatch("[0-9]+", at) and abs(time.time() - int(at)) < 300
    return fresh and any(hmac.compare_digest(s.encode(), want) for s in signatures.split(" "))


# The article. A view is counted before anything is handed out; a reader without one sees the price.
def read(query, headers, body):
    grant = re.search(r"\bgrant=(\w+)", headers.get("cookie", ""))
    if grant:
        try:
            used = post(f"/grants/{grant[1]}/consume", str(uuid.uuid4()), {"request_id": str(uuid.uuid4())})
            return 200, f"<h1>How rivers freeze</h1><p>Reading {used['views_used']} of 2: first there is frazil."
        except HTTPError as no:
            if no.code >= 500:
                raise  # nothing is known: the reader may have paid
    return 402, '<h1>How rivers freeze</h1><form method="post" action="/buy"><button>Read for 0.25 EUR</button></form>'


# The browser goes to the service, and the reader says yes or no in the wallet.
def buy(query, headers, body):
    urls = {"success_url": f"{SITE}/paid", "cancel_url": f"{SITE}/"}
    checkout = post("/checkouts", str(uuid.uuid4()), {"offer_id": offer["id"], "mode": "charge", **urls})
    return 303, "", ("Location", checkout["url"])


# The browser is back with a code, which is worth nothing without our API key: it becomes a charge and a grant.
def paid(query, headers, body):
    checkout = quote(query.get("checkout", ""), safe="")
    sold = post(f"/checkouts/{checkout}/redeem", f"redeem {checkout}", {"code": query.get("code", "")})
    print("sold:", sold["charge"]["id"], "for {amount} {currency}".format(**sold["charge"]["amount"]))
    flags = "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if SITE.startswith("https:") else "")
    return 303, "", ("Location", "/"), ("Set-Cookie", f"grant={sold['grant']['id']}; {flags}")


# The service tells what has happened. What is not signed is not read.
def hook(query, headers, body):
    event = genuine(headers, body) and json.loads(body)
    print(f"event: {event['type']} {event['data']['id']}" if event else "event: forged")
    return 204 if event else 401, ""


class Site(BaseHTTPRequestHandler):
    routes = {"GET /": read, "POST /buy": buy, "GET /paid": paid, "POST /hook": hook}

    def do_GET(self):
        url, kind = urlsplit(self.path), "text/html"
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 65536))
        route = self.routes.get(f"{self.command} {url.path}", lambda *_: (404, "There is nothing here."))
        try:
            status, page, *headers = route(dict(parse_qsl(url.query)), self.headers, body)
        except (OSError, ValueError) as err:  # a refusal, no answer, or none of the service
            status, page, headers, kind = 502, str(getattr(err, "msg", err)), [], "text/plain"
        self.send_response(status)
        for name, value in [("Content-Type", f"{kind}; charset=utf-8"), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.encode())

    do_POST = do_GET


site = threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", int(PORT)), Site).serve_forever, daemon=True)
site.start()
print(f"selling: {offer['id']} at {SITE}/")

# All that is left of a charge goes back.
for line in sys.stdin:
    try:
        refund = post("/refunds", f"refund {line.strip()}", {"charge_id": line.strip()})
        print("refunded: {amount} {currency}".format(**refund["amount"]))
    except (OSError, ValueError) as err:
        print("not refunded:", getattr(err, "msg", err))
site.join()
