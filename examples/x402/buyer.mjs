// Buys what an address asks 402 for, with a stock library of x402, and prints it:
//
//   npm install
//   TUPPENCE=http://localhost:8080 AGENT=agent.pub node buyer.mjs http://localhost:8402/rivers
//
// The key is in ssh-agent (ssh-add agent), and an agent of a wallet (ssh HOST agent add).
import fs from "node:fs";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { TuppenceClient } from "./tuppence.mjs";
import { Wallet } from "./wallet.mjs";

const wallet = new Wallet(process.env.TUPPENCE, fs.readFileSync(process.env.AGENT, "utf8"));
const pay = wrapFetchWithPaymentFromConfig(fetch, {
  schemes: ["exact", "upto"].map(scheme => ({ network: wallet.network, client: new TuppenceClient(wallet, scheme) })),
  spendControls: { allowedAssets: [{ network: wallet.network, asset: "EUR", maxAmountPerPayment: "1000000" }] }, // micros
});
const answer = await pay(process.argv[2]);
process.stdout.write(await answer.text());
process.exit(answer.ok ? 0 : 1);
