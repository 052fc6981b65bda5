// What the dialects have in common: cases that say what they look at, and what the vendors' own charges tell of money.
const { WEB } = process.env;
let bad = 0, count = 0;

// say tells what a case has shown.
export const say = (name, ok, note) => {
  count++;
  if (!ok) bad++;
  console.log(ok ? "ok  " : "FAIL", name, ok ? "" : JSON.stringify(note));
};

// end ends the program: with 1 if a case has failed.
export const end = () => {
  console.log(`\n${count - bad} of ${count} passed`);
  process.exit(bad ? 1 : 0);
};

// open reads the document of a header.
export const open = header => header ? JSON.parse(Buffer.from(header, "base64")) : null;

// api asks the service, with the key of a vendor.
export const api = async (key, path) => (await fetch(WEB + "/v1" + path, { headers: { Authorization: "Bearer " + key } })).json();

// sums is what a vendor has taken and what waits for it, in micros.
async function sums(key) {
  let taken = 0, waits = 0;
  for (const c of (await api(key, "/charges?limit=100")).data) {
    taken += Math.round(1e6 * Number(c.captured.amount));
    if (c.status === "held") waits += Math.round(1e6 * Number(c.amount.amount));
  }
  return { taken, waits };
}

// money does something and tells what it has moved: "taken,waiting".
export async function money(key, act) {
  const before = await sums(key);
  let result;
  try { result = await act(); } catch (e) { result = e; }
  const after = await sums(key);
  return [result, `${after.taken - before.taken},${after.waits - before.waits}`];
}
