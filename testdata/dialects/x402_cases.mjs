// Stock clients of x402 against the real service and its gateway. Each case says what it looks at; the exit status is 1
// if one fails. What was taken and what waits is read from the vendors' own charges.
import http from "node:http";
import fs from "node:fs";
import express from "express";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { HTTPFacilitatorClient, x402ResourceServer } from "@x402/core/server";
import { validatePaymentRequired, validatePaymentPayload } from "@x402/core/schemas";
import { paymentMiddleware, setSettlementOverrides } from "@x402/express";
import { Wallet } from "./wallet.mjs";
import { TuppenceClient, TuppenceServer, facilitator } from "./tuppence.mjs";
import { api, end, money, open, say } from "./cases.mjs";

const { WEB, SITE, GATEKEY, KEY, OTHERKEY, AGENT, SELLER } = process.env;
const shop = (await api(KEY, "/vendor")).id, other = (await api(OTHERKEY, "/vendor")).id;
const line = fs.readFileSync(AGENT, "utf8");
const wallet = new Wallet(WEB, line);
const bound = most => ({ allowedAssets: [{ network: wallet.network, asset: "EUR", maxAmountPerPayment: most }] });
const buyer = (spendControls = bound("1000000"), call = fetch, w = wallet) => wrapFetchWithPaymentFromConfig(call, {
  schemes: ["exact", "upto"].map(scheme => ({ network: w.network, client: new TuppenceClient(w, scheme) })), spendControls,
});
const pay = buyer();
// loses makes a fetch whose answer to a paid request is lost, once.
const loses = () => {
  let lost = false;
  return async q => {
    const paid = q.headers?.get("payment-signature"), answer = await fetch(q);
    if (!paid || lost) return answer;
    lost = true;
    throw new Error("lost");
  };
};

console.log("stock buyer, our gateway");
{
  const answer = await fetch(SITE + "/rivers"), asked = open(answer.headers.get("payment-required"));
  say("402 is what stock schemas accept", answer.status === 402 && !!validatePaymentRequired(asked), asked);
}
{
  const [r, m] = await money(GATEKEY, () => pay(SITE + "/rivers"));
  say("exact: 200 and taken", r.status === 200 && m === "50000,0" && open(r.headers.get("payment-response")).success, [r, m]);
  say("a receipt of delivery", r.headers.get("delivery-receipt")?.split(".").length === 3);
}
{
  const [r, m] = await money(GATEKEY, () => pay(SITE + "/rivers", { method: "POST", body: "order" }));
  say("POST with a body", r.status === 200 && /order/.test(await r.text()) && m === "50000,0", m);
}
{
  const [r, m] = await money(GATEKEY, () => pay(SITE + "/broken"));
  const said = open(r.headers?.get("payment-response"));
  say("a site that fails: 502, nothing taken", r.status === 502 && said?.success === false && m === "0,0", [r.status, said, m]);
}
{
  const retry = buyer(bound("1000000"), loses());
  const [e, m] = await money(GATEKEY, () => retry(SITE + "/lost"));
  const [r, m2] = await money(GATEKEY, () => retry(SITE + "/lost"));
  say("a lost 200: the same payment again, taken once", e instanceof Error && m === "50000,0" && r.status === 200 && m2 === "0,0" &&
    r.headers.get("idempotent-replayed") === "true", [e.message, m, r.status, m2]);
}
for (const [name, controls] of [["no spend controls", {}], ["a bound below the price", bound("40000")]]) {
  const [e, m] = await money(GATEKEY, () => buyer(controls)(SITE + "/rivers"));
  say(name + ": the stock buyer refuses", e instanceof Error && m === "0,0", [e.message, m]);
}
{
  let calls = 0;
  const w = new Wallet(WEB, line, { fetch: async (...q) => { const a = await fetch(...q); if (++calls === 1) throw new Error("lost"); return a; } });
  const [r, m] = await money(GATEKEY, () => buyer(bound("1000000"), fetch, w)(SITE + "/rivers"));
  say("a lost authorization: asked again, one payment", r.status === 200 && m === "50000,0" && calls === 2, [r, m, calls]);
}

console.log("stock buyer, stock seller, our facilitator");
// The road to the facilitator breaks once: before it is told, or behind its answer.
let fault = "";
const road = http.createServer((q, w) => {
  const parts = [];
  q.on("data", d => parts.push(d)).on("end", async () => {
    const now = q.url.endsWith("/settle") ? fault : "";
    if (now) fault = "";
    if (now === "before") return w.writeHead(500).end();
    const a = await fetch(WEB + q.url, {
      method: q.method, body: parts.length ? Buffer.concat(parts) : undefined,
      headers: { "content-type": "application/json", ...(q.headers.authorization && { authorization: q.headers.authorization }) },
    });
    const text = await a.text();
    if (now === "behind") return q.socket.destroy();
    w.writeHead(a.status, { "content-type": a.headers.get("content-type") }).end(text);
  });
}).listen(0, "127.0.0.1");
await new Promise(r => road.on("listening", r));
const roadTo = "http://127.0.0.1:" + road.address().port;
const bank = facilitator(roadTo, KEY), bare = facilitator(roadTo, KEY, { tries: 1 });
const register = f => ["exact", "upto"].reduce((s, scheme) => s.register(wallet.network, new TuppenceServer(scheme, f)), new x402ResourceServer(f));
const costs = (scheme, amount, extra, payTo = shop) =>
  ({ accepts: { scheme, network: wallet.network, payTo, price: { amount, asset: "EUR" }, maxTimeoutSeconds: 60, extra }, description: "x" });
const app = express();
app.use(paymentMiddleware({
  "GET /item": costs("exact", "40000"), "GET /fail": costs("exact", "40000"), "GET /usage": costs("upto", "90000"),
  "GET /spoof": costs("exact", "40000", undefined, other),
}, register(bank)));
app.use(paymentMiddleware({ "GET /bare": costs("exact", "40000"), "GET /again": costs("exact", "40000", { repeat: true }) }, register(bare)));
app.get(["/item", "/spoof", "/bare", "/again"], (_, w) => w.json({ served: true }));
app.get("/fail", (_, w) => w.status(500).json({}));
app.get("/usage", (_, w) => { setSettlementOverrides(w, { amount: "12345" }); w.json({}); });
const seller = app.listen(Number(new URL(SELLER).port), "localhost");
await new Promise(r => seller.on("listening", r));
{
  const [r, m] = await money(KEY, () => pay(SELLER + "/item"));
  say("exact: 200 and taken", r.status === 200 && m === "40000,0", [r.status ?? r.message, m]);
}
{
  const [r, m] = await money(KEY, () => pay(SELLER + "/usage"));
  say("upto: a part is taken, the rest comes back", r.status === 200 && m === "12345,0", [r.status ?? r.message, m]);
}
{
  const [r, m] = await money(KEY, () => pay(SELLER + "/fail"));
  say("a handler that fails: given back at once", r.status === 500 && m === "0,0", [r.status ?? r.message, m]);
}
{
  fault = "before";
  const [r, m] = await money(KEY, () => pay(SELLER + "/item"));
  say("settle answers 500 once: the plugin asks again", r.status === 200 && m === "40000,0", [r.status ?? r.message, m]);
}
{
  fault = "behind";
  const [r, m] = await money(KEY, () => pay(SELLER + "/item"));
  say("the answer of settle is lost: the plugin asks again, taken once", r.status === 200 && m === "40000,0", [r.status ?? r.message, m]);
}
{
  fault = "before";
  const [r, m] = await money(KEY, () => pay(SELLER + "/bare"));
  const [q, m2] = await money(KEY, () => pay(SELLER + "/bare"));
  say("the bare client withholds; the retry shows the same hold, taken once",
    r.status === 402 && m === "0,40000" && q.status === 200 && m2 === "40000,-40000", [r.status, m, q.status, m2]);
}
{
  fault = "behind";
  const [r, m] = await money(KEY, () => pay(SELLER + "/again"));
  const [q, m2] = await money(KEY, () => pay(SELLER + "/again"));
  say("with extra.repeat what was paid is served again", r.status === 402 && m === "40000,0" && q.status === 200 && m2 === "0,0", [r.status, m, q.status, m2]);
}
{
  const [e, m] = await money(OTHERKEY, () => pay(SELLER + "/spoof"));
  say("payTo of another vendor is refused to the buyer", /origin_not_allowed/.test(e.message) && m === "0,0", e.message);
}
{
  let shown;
  const spy = buyer(bound("1000000"), async q => {
    shown = q.headers.get("payment-signature") ?? shown;
    return q.headers.get("payment-signature") ? new Response("", { status: 599 }) : fetch(q);
  });
  await spy(SELLER + "/item");
  const payment = open(shown), asked = payment.accepted;
  say("the payment is what stock schemas accept", !!validatePaymentPayload(payment));
  const thief = facilitator(WEB, OTHERKEY), nobody = new HTTPFacilitatorClient({ url: WEB + "/x402" });
  const v = await thief.verify(payment, asked), t = await thief.settle(payment, asked);
  const lie = await thief.settle({ ...payment, accepted: { ...asked, payTo: other } }, { ...asked, payTo: other });
  say("another vendor: wrong_payee, and not told who pays",
    v.invalidReason === "wrong_payee" && !v.payer && t.errorReason === "wrong_payee" && lie.errorReason === "wrong_payee", [v, t, lie]);
  say("without a key: 401", /401/.test((await nobody.settle(payment, asked).catch(e => e)).message));
  const [r, m] = await money(KEY, async () =>
    [await bank.settle(payment, asked), await bank.settle(payment, asked), await bank.settle(payment, { ...asked, amount: "0" })]);
  say("settled twice: the same answer; then given back: settle_conflict", r[0]?.success && JSON.stringify(r[0]) === JSON.stringify(r[1]) &&
    r[2].errorReason === "settle_conflict" && m === "40000,-40000", [r, m]);
  const gate = await fetch(SITE + "/rivers", { headers: { "PAYMENT-SIGNATURE": shown } });
  say("shown to our gateway, which sells something else: 402", gate.status === 402 && open(gate.headers.get("payment-required")).error === "terms_changed");
}
end();
