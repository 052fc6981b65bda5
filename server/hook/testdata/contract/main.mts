// Sells with types that were generated from the document.
import type { components, operations } from "./api.js";

type Charge = components["schemas"]["Charge"];
type Problem = components["schemas"]["Problem"];
type Order = operations["create-charge"]["requestBody"]["content"]["application/json"];

const env = (name: string): string => process.env[name] ?? "";

async function post<In, Out>(path: string, key: string, body: In): Promise<{ status: number; body: Out }> {
  const r = await fetch(env("BASE") + path, {
    method: "POST",
    headers: { Authorization: "Bearer " + env("KEY"), "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
  return { status: r.status, body: (await r.json()) as Out };
}

const offer = await post<components["schemas"]["OfferIn"], components["schemas"]["Offer"]>("/v1/offers", "ts-offer", {
  title: "A stone", kind: "goods", price: { amount: "0.25", currency: "EUR" },
});
const order: Order = { link_id: env("LINK"), offer_id: offer.body.id, quantity: 1, metadata: { shelf: "7" } };
const sold = await post<Order, Charge>("/v1/charges", "ts", order);
const refused = await post<Order, Problem>("/v1/charges", "ts", { ...order, quantity: 2 });
if (sold.status !== 201 || sold.body.splits.length === 0 || refused.body.code !== "idempotency_key_reused") {
  throw new Error(JSON.stringify([offer, sold, refused]));
}
console.log("sold", sold.body.id, "refused", refused.body.code);
