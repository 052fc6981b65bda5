// A first sale in Node 18 or newer, and nothing else:  KEY=sk_test_… node examples/firstsale.mjs
// KEY is the vendor's API key, and SITE the origin that its account was opened for. Whoever runs this may type a charge
// (chg_…): its money goes back.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const { KEY, TUPPENCE = 'http://127.0.0.1:8080', PORT = '8090', SITE = `http://localhost:${PORT}` } = process.env

// A call of the service. Sent again with the same idempotency key, because no answer came, it acts once. A refusal is
// problem+json: a code for programs, and for people what was wrong and what to do.
async function post(path, key, body) {
  const headers = { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json', 'Idempotency-Key': key }
  const res = await fetch(`${TUPPENCE}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = await res.json()
  if (res.ok) return answer
  const { status, code, detail, remedy } = answer
  console.log(`refused: ${status} ${code}: ${detail} ${remedy}`)
  throw Object.assign(new Error(`${detail} ${remedy}`), { status })
}

// What is sold, and where events go. The keys are the same at every start, so a second one makes no second offer, and
// has the same secret again. After the secret was replaced keep the new one instead.
const offer = await post('/offers', `offer ${SITE}`, {
  title: 'How rivers freeze', price: { amount: '0.25', currency: 'EUR' },
  kind: 'content', content_url: `${SITE}/`, views: 2, days: 30,
})
const { secret } = await post('/webhook_endpoints', `hook ${SITE}`, { url: `${SITE}/hook` })

// An event is genuine if it is signed with our secret and no older than five minutes (Standard Webhooks). While a
// secret is replaced it has a signature by each of the two.
function genuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' } = headers
  const mac = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64')).update(`${id}.${at}.${body}`)
  const want = Buffer.from('v1,' + mac.digest('base64'))
  const same = (s) => s.length === want.length && timingSafeEqual(s, want)
  return Math.abs(Date.now() / 1000 - at) < 300 && signatures.split(' ').some((s) => same(Buffer.from(s)))
}

// What the site has; each returns a status, a page, and headers.
const routes = {
  // The article. A view is counted before anything is handed out; a reader without one sees the price.
  async 'GET /'(query, headers) {
    const grant = /\bgrant=(\w+)/.exec(headers.cookie)?.[1]
    if (grant) {
      try {
        const { views_used } = await post(`/grants/${grant}/consume`, randomUUID(), { request_id: randomUUID() })
        return [200, `<h1>How rivers freeze</h1><p>Reading ${views_used} of 2: first there is frazil.`]
      } catch (err) {
        if (!(err.status < 500)) throw err // nothing is known: the reader may have paid
      }
    }
    const button = '<form method="post" action="/buy"><button>Read for 0.25 EUR</button></form>'
    return [402, `<h1>How rivers freeze</h1>${button}`]
  },
  // The browser goes to the service, and the reader says yes or no in the wallet.
  async 'POST /buy'() {
    const urls = { success_url: `${SITE}/paid`, cancel_url: `${SITE}/` }
    const checkout = await post('/checkouts', randomUUID(), { offer_id: offer.id, mode: 'charge', ...urls })
    return [303, '', { Location: checkout.url }]
  },
  // The browser is back with a code, which is worth nothing without our API key: it becomes a charge and a grant.
  async 'GET /paid'(query) {
    const id = encodeURIComponent(query.get('checkout') ?? '')
    const { charge, grant } = await post(`/checkouts/${id}/redeem`, `redeem ${id}`, { code: query.get('code') })
    console.log(`sold: ${charge.id} for ${charge.amount.amount} ${charge.amount.currency}`)
    const flags = 'Path=/; HttpOnly; SameSite=Lax' + (SITE.startsWith('https:') ? '; Secure' : '')
    return [303, '', { Location: '/', 'Set-Cookie': `grant=${grant.id}; ${flags}` }]
  },
  // The service tells what has happened. What is not signed is not read.
  async 'POST /hook'(query, headers, body) {
    const event = genuine(headers, body) && JSON.parse(body)
    console.log(event ? `event: ${event.type} ${event.data.id}` : 'event: forged')
    return [event ? 204 : 401, '']
  },
}

createServer(async (req, res) => {
  const html = { 'Content-Type': 'text/html; charset=utf-8' }
  try {
    let body = ''
    for await (const chunk of req.setEncoding('utf8')) if (body.length < 65536) body += chunk
    const url = new URL(req.url, SITE)
    const route = routes[`${req.method} ${url.pathname}`] ?? (() => [404, 'There is nothing here.'])
    const [status, page, headers] = await route(url.searchParams, req.headers, body)
    res.writeHead(status, { ...html, ...headers }).end(page)
  } catch (err) {
    res.writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8' }).end(err.message)
  }
}).listen(PORT, '127.0.0.1', () => console.log(`selling: ${offer.id} at ${SITE}/`))

// All that is left of a charge goes back.
createInterface({ input: process.stdin }).on('line', async (charge) => {
  try {
    const { amount } = await post('/refunds', `refund ${charge}`, { charge_id: charge })
    console.log(`refunded: ${amount.amount} ${amount.currency}`)
  } catch (err) {
    console.log(`not refunded: ${err.message}`)
  }
})
