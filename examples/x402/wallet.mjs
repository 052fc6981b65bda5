// The buyer's side: a key in ssh-agent, and one call to the service that keeps the wallet.
//
//   npm install http-message-signatures@1.0.6
import net from "node:net";
import crypto from "node:crypto";
import { httpbis } from "http-message-signatures";

const u32 = n => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const str = b => Buffer.concat([u32(b.length), b]);

// agentSign asks ssh-agent for a signature by the key of a blob, so that no secret leaves the agent. The answer for an
// ed25519 key ends in the 64 bytes of the signature (draft-miller-ssh-agent).
export function agentSign(blob, data, socket = process.env.SSH_AUTH_SOCK) {
  return new Promise((ok, no) => {
    let got = Buffer.alloc(0);
    const c = net.connect(socket, () => c.write(str(Buffer.concat([Buffer.from([13]), str(blob), str(data), u32(0)]))));
    c.on("error", no);
    c.on("close", () => no(new Error("ssh-agent has not answered")));
    c.on("data", d => {
      got = Buffer.concat([got, d]);
      if (got.length < 4 || got.length < 4 + got.readUInt32BE(0)) return;
      if (got[4] === 14) ok(got.subarray(got.length - 64)); else no(new Error("ssh-agent does not sign with this key"));
      c.end();
    });
  });
}

// networkOf names a service where programs pay, as the service does.
export function networkOf(host) {
  const reference = host.toLowerCase().replaceAll(".", "_").replaceAll(":", "__");
  if (reference.length <= 32) return "tuppence:" + reference;
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", sum = crypto.createHash("sha256").update(host.toLowerCase()).digest();
  let bits = "", out = "";
  for (const byte of sum) bits += byte.toString(2).padStart(8, "0");
  for (let i = 0; i < 26; i++) out += alphabet[parseInt(bits.slice(5 * i, 5 * i + 5), 2)];
  return "tuppence:__" + out;
}

export class Wallet {
  // service is the address of the service, out of the buyer's own configuration and never out of a 402. publicKey is the
  // line of the .pub file of the agent's key. Without sign, ssh-agent signs.
  constructor(service, publicKey, { sign, fetch: call = fetch } = {}) {
    this.service = service;
    this.network = networkOf(new URL(service).host);
    this.blob = Buffer.from(publicKey.trim().split(/\s+/)[1], "base64");
    this.keyid = "SHA256:" + crypto.createHash("sha256").update(this.blob).digest("base64").replace(/=+$/, "");
    this.sign = sign ?? (data => agentSign(this.blob, data));
    this.call = call;
    this.open = new Map(); // payments whose answer has not come
  }

  // post sends a signed request (RFC 9421).
  async post(path, body, key) {
    const url = this.service + path, text = JSON.stringify(body);
    const headers = {
      "content-type": "application/json", "idempotency-key": key,
      "content-digest": "sha-256=:" + crypto.createHash("sha256").update(text).digest("base64") + ":",
    };
    const signed = await httpbis.signMessage({
      key: { id: this.keyid, alg: "ed25519", sign: this.sign }, name: "sig", params: ["created", "keyid", "alg"],
      fields: ["@method", "@target-uri", "content-digest", "idempotency-key"],
    }, { method: "POST", url, headers });
    return this.call(url, { method: "POST", headers: signed.headers, body: text });
  }

  // authorize lets money wait for what a site has asked, and gives the proof. The same question gets the same proof
  // until done says that the answer has come: so an answer that was lost is asked for again, and not paid again. Before a
  // proof is shown again the service is asked what became of it.
  async authorize(question, name) {
    let payment = this.open.get(name), fresh = !payment;
    for (;;) {
      if (fresh) this.open.set(name, payment = { key: "pay_" + crypto.randomUUID().replaceAll("-", "") });
      const answer = await this.repeated("/v1/authorizations", question, payment.key);
      const said = await answer.json();
      if (!answer.ok) { // what was refused at the first try has no payment; of an older one it is not known
        if (fresh && answer.status < 500 && answer.status !== 429) this.open.delete(name);
        throw Object.assign(new Error(`${said.code}: ${said.detail} ${said.remedy}`), { problem: said });
      }
      const left = Date.parse(said.expires_at) - Date.now(); // a site gives an answer again for five minutes more
      const usable = said.status === "held" && left > 0 || said.status === "captured" && left > -300_000;
      if (fresh || usable) return { ...said, key: payment.key };
      fresh = true;
    }
  }

  // repeated sends a request up to three times: it has a key, so it is carried out once.
  async repeated(path, body, key) {
    for (let tries = 1; ; tries++) {
      try { return await this.post(path, body, key); } catch (e) { if (tries === 3) throw e; }
    }
  }

  // done forgets a payment whose answer has come.
  done(name) { this.open.delete(name); }
}
