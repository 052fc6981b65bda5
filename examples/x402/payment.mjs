// A method for the library mppx (0.11), which speaks the scheme Payment of HTTP authentication: what a buyer and a seller
// add to it.
import { Credential, Method } from "mppx";
import * as z from "zod/mini";

const charge = Method.from({
  name: "tokens", intent: "charge",
  schema: {
    credential: { payload: z.object({ attestation: z.string() }) },
    request: z.object({
      amount: z.string(), currency: z.string(), recipient: z.string(), methodDetails: z.record(z.string(), z.string()),
    }),
  },
});

// tokens lets a buyer pay: Mppx.create({ methods: [tokens(wallet, () => ({ url, method }))] }). A challenge does not say
// for which request it is, so the caller does.
export const tokens = (wallet, at) => Method.toClient(charge, {
  async createCredential({ challenge }) {
    const { url, method } = at();
    // The challenge as it will be echoed, word for word: the price in it is sealed by the site.
    const echoed = JSON.parse(Buffer.from(Credential.serialize({ challenge, payload: {} }).slice("Payment ".length), "base64url")).challenge;
    const name = [url, method, echoed.request, echoed.digest].join("|");
    const said = await wallet.authorize({ payment: { challenge: echoed }, request: { url, method } }, name);
    asked.set(challenge.id, name);
    return Credential.serialize({ challenge, payload: { attestation: said.attestation } });
  },
});

const asked = new Map(); // challenges whose answer has not come

// watch tells the wallet which answers have come: so one that was lost is asked for again, and not paid again.
export const watch = (mppx, wallet) => mppx.onPaymentResponse(({ challenge }) => {
  wallet.done(asked.get(challenge.id));
  asked.delete(challenge.id);
});

// tokensSeller lets a seller be paid, by the facilitator of tuppence.mjs. The money is taken before the handler runs:
// what then fails has to be refunded.
export const tokensSeller = (facilitator, network) => Method.toServer(charge, {
  async verify({ credential, envelope, request }) {
    const { url, method } = envelope.capturedRequest, { digest } = credential.challenge;
    const terms = {
      scheme: "exact", network, amount: request.amount, asset: request.currency.toUpperCase(), payTo: request.recipient,
      maxTimeoutSeconds: 60, extra: { ...(method !== "GET" && { method }), ...(digest && { digest }) },
    };
    const said = await facilitator.settle({
      x402Version: 2, resource: { url: url.href }, accepted: terms, payload: { type: "consume", attestation: credential.payload.attestation },
    }, terms);
    if (!said.success) throw new Error(said.errorReason);
    return { method: "tokens", status: "success", reference: said.transaction, timestamp: new Date().toISOString() };
  },
});
