// Schemes for the libraries of x402 (@x402/core 2.27): what a buyer and a seller add to them.
import { HTTPFacilitatorClient } from "@x402/core/server";
import { SettleError } from "@x402/core/types";

// nameOf is the same for the same request at the same price.
const nameOf = (resource, a) =>
  [resource.url, a.network, a.payTo, a.asset, a.amount, a.extra?.method, a.extra?.digest].join("|");

// TuppenceClient lets a buyer pay: new x402Client().register(wallet.network, new TuppenceClient(wallet, "exact")).
export class TuppenceClient {
  constructor(wallet, scheme) {
    this.wallet = wallet;
    this.scheme = scheme; // exact or upto
    this.resources = new WeakMap();
    this.schemeHooks = { // createPaymentPayload is not told the resource, but gets the object that this hook gets
      onBeforePaymentCreation: async c => { this.resources.set(c.selectedRequirements, c.paymentRequired.resource); },
      onPaymentResponse: async c => {
        if (c.settleResponse?.success || c.settleResponse?.transaction)
          wallet.done(nameOf(c.paymentPayload.resource, c.requirements));
      },
    };
  }

  async createPaymentPayload(x402Version, accepted) {
    const resource = this.resources.get(accepted);
    const said = await this.wallet.authorize({ x402: { resource: { url: resource.url }, accepted } }, nameOf(resource, accepted));
    return {
      x402Version, payload: { type: "consume", attestation: said.attestation },
      extensions: { "payment-identifier": { info: { id: said.key } } },
    };
  }
}

// facilitator asks the service for a seller: key is an API key that may read and write charges. To settle may be
// repeated, so an answer that is lost is asked for again.
export function facilitator(service, key, { tries = 3 } = {}) {
  const auth = { Authorization: "Bearer " + key };
  class Facilitator extends HTTPFacilitatorClient {
    async settle(payload, requirements) {
      for (let n = 1; ; n++) {
        try { return await super.settle(payload, requirements); } catch (e) {
          if (n === tries || e instanceof SettleError) throw e;
          await new Promise(r => setTimeout(r, 100 << n));
        }
      }
    }
  }
  return new Facilitator({
    url: service + "/x402", createAuthHeaders: async () => ({ verify: auth, settle: auth, supported: auth }),
  });
}

// TuppenceServer lets a seller be paid: new x402ResourceServer(f).register(network, new TuppenceServer("exact", f)).
export class TuppenceServer {
  constructor(scheme, facilitator) {
    this.scheme = scheme;
    this.defaultAssetTransferMethod = "default";
    this.paymentFlows = { default: { supported: ["authorization"], default: "authorization" } };
    this.schemeHooks = { // the handler has failed: the money goes back now, and not when the hold ends
      onVerifiedPaymentCanceled: async c => { await facilitator.settle(c.paymentPayload, { ...c.requirements, amount: "0" }); },
    };
  }

  async parsePrice(p) { return { amount: String(p.amount), asset: p.asset, extra: p.extra ?? {} }; }
  getAssetDecimals() { return 6; }
  async enhancePaymentRequirements(r, kind) { return { ...r, extra: { ...r.extra, ...kind.extra } }; }
}
