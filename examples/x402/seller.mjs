// A page that costs 0.04 EUR, sold with a stock library of x402:
//
//   npm install
//   TUPPENCE=http://localhost:8080 KEY=rk_test_… PAYTO=ven_… node seller.mjs
import express from "express";
import { paymentMiddleware } from "@x402/express";
import { x402ResourceServer } from "@x402/core/server";
import { TuppenceServer, facilitator } from "./tuppence.mjs";
import { networkOf } from "./wallet.mjs";

const { TUPPENCE, KEY, PAYTO, PORT = "8402" } = process.env;
const network = networkOf(new URL(TUPPENCE).host), bank = facilitator(TUPPENCE, KEY);
const accepts = { scheme: "exact", network, payTo: PAYTO, price: { amount: "40000", asset: "EUR" }, maxTimeoutSeconds: 60 };
const server = new x402ResourceServer(bank).register(network, new TuppenceServer("exact", bank));

express()
  .use(paymentMiddleware({ "GET /rivers": { accepts, description: "How rivers freeze" } }, server))
  .get("/rivers", (_, page) => page.type("text").send("From the edge, and from above.\n"))
  .listen(PORT, "localhost", () => console.log(`sells http://localhost:${PORT}/rivers`));
