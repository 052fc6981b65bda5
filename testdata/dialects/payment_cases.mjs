// The stock library mppx against the real service and its gateway, in the scheme Payment.
import fs from "node:fs";
import http from "node:http";
import { Receipt } from "mppx";
import * as client from "mppx/client";
import * as server from "mppx/server";
import { Wallet } from "./wallet.mjs";
import { tokens, tokensSeller, watch } from "./payment.mjs";
import { facilitator } from "./tuppence.mjs";
import { api, end, money, say } from "./cases.mjs";

const { WEB, SITE, GATEKEY, KEY, AGENT, SELLER } = process.env;
const wallet = new Wallet(WEB, fs.readFileSync(AGENT, "utf8"));
let at;
let lost = 0; // answers to paid requests that are lost
const call = async (...q) => {
  const request = new Request(...q), answer = await fetch(request);
  if (request.headers.has("authorization") && lost > 0) { lost--; throw new Error("lost"); }
  return answer;
};
const buyer = client.Mppx.create({ methods: [tokens(wallet, () => at)], polyfill: false, fetch: call });
watch(buyer, wallet);
const pay = (url, options = {}) => { at = { url, method: options.method ?? "GET" }; return buyer.fetch(url, options); };

console.log("stock buyer, our gateway");
{
  const [r, m] = await money(GATEKEY, () => pay(SITE + "/rivers"));
  say("paid, with a receipt", r.status === 200 && m === "50000,0" && Receipt.fromResponse(r).status === "success", [r.status ?? r.message, m]);
}
{
  const [r, m] = await money(GATEKEY, () => pay(SITE + "/rivers", { method: "POST", body: "order" }));
  say("POST with a body: the digest is a part of the challenge", r.status === 200 && /order/.test(await r.text()) && m === "50000,0", [r.status ?? r.message, m]);
}
{
  const [r, m] = await money(GATEKEY, () => pay(SITE + "/broken"));
  say("a site that fails: nothing taken, no receipt", r.status === 502 && !r.headers.has("payment-receipt") && m === "0,0", [r.status ?? r.message, m]);
}
{
  lost = 1;
  const [e, m] = await money(GATEKEY, () => pay(SITE + "/lost"));
  await new Promise(r => setTimeout(r, 1100)); // the next challenge is another one
  const [r, m2] = await money(GATEKEY, () => pay(SITE + "/lost"));
  say("a lost 200: a new challenge, the same payment, taken once",
    e instanceof Error && r.status === 200 && m === "50000,0" && m2 === "0,0" && r.headers.get("idempotent-replayed") === "true", [e.message, m, r.status ?? r.message, m2]);
}

console.log("stock buyer, stock seller, our settle");
const shop = (await api(KEY, "/vendor")).id;
const seller = server.Mppx.create({ methods: [tokensSeller(facilitator(WEB, KEY), wallet.network)], secretKey: "s".repeat(48), realm: "shop" });
const web = http.createServer(async (q, w) => {
  const asked = seller.charge({ amount: "30000", currency: "eur", recipient: shop, methodDetails: { authority: WEB } });
  const said = await asked(new Request(SELLER + q.url, { headers: q.headers }));
  const answer = said.status === 402 ? said.challenge : said.withReceipt(Response.json({ served: true }));
  w.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
}).listen(Number(new URL(SELLER).port), "localhost");
await new Promise(r => web.on("listening", r));
{
  const [r, m] = await money(KEY, () => pay(SELLER + "/item"));
  say("paid, with a receipt", r.status === 200 && m === "30000,0" && Receipt.fromResponse(r).reference.startsWith("chg_"), [r.status ?? r.message, m]);
}
{
  lost = 1;
  const [e, m] = await money(KEY, () => pay(SELLER + "/again"));
  const [r, m2] = await money(KEY, () => pay(SELLER + "/again"));
  say("a lost 200: settled again with the same answer, taken once",
    e instanceof Error && r.status === 200 && m === "30000,0" && m2 === "0,0", [e.message, m, r.status ?? r.message, m2]);
}
end();
