// The page: server-sent events in, tables out; orders go by POST, each under a key of its own.
// Money stays the text that it came as: a number of JavaScript could not hold it. Whatever comes from
// outside is set as text, never as HTML.

const $ = (id) => document.getElementById(id);
const seen = new Set(); // fills that have been shown
const troubles = new Map();
let isFirstLook = true;
let key = crypto.randomUUID(); // of the order on the ticket, until it has certainly been dealt with
let source;

// ---- text --------------------------------------------------------------------------------------

/** "1180.500000" -> "1,180.50": at least two decimals, and none of those that say something is lost. */
function amount(text) {
  if (text === null || text === undefined) return "–";
  const [whole, decimals = ""] = text.split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${decimals.replace(/0+$/, "").padEnd(2, "0")}`;
}
const dollars = (text) => (text ? `$${amount(text)}`.replace("$-", "-$") : "–");
/** "2.00" -> "2". */
const count = (text) => amount(text).replace(/\.00$/, "");
const whole = (tokens) => Math.floor(tokens).toLocaleString("en");

// ---- tables ------------------------------------------------------------------------------------

/** A cell from text, from [text, class], or from an element. */
function cell(content) {
  const td = document.createElement("td");
  if (content instanceof Node) td.append(content);
  else if (Array.isArray(content)) [td.textContent, td.className] = content;
  else td.textContent = content;
  return td;
}

function row(cells) {
  const tr = document.createElement("tr");
  tr.append(...cells.map(cell));
  return tr;
}

/** A button in a table; its label says it all, and tells it from others when the table is drawn anew. */
function button(text, label, onclick) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "plain", textContent: text, onclick });
  made.setAttribute("aria-label", label);
  return made;
}

/** Show rows; those that are there already stay, or a click that is under way would go nowhere. */
function fill(id, rows) {
  const body = $(id);
  if (!rows.length && body.dataset.none) {
    const none = cell([body.dataset.none, "none"]);
    none.colSpan = 9;
    rows = [document.createElement("tr")];
    rows[0].append(none);
  }
  const old = [...body.rows];
  // By fill too: two fills may look the same, and one row cannot stand in two places.
  const is = (made) => (there) => there.innerHTML === made.innerHTML && there.dataset.fill === made.dataset.fill;
  const kept = rows.map((made) => old.find(is(made)) ?? made);
  if (kept.length === old.length && kept.every((there, index) => there === old[index])) return;
  old.forEach((there) => there.classList.remove("new"));
  const focused = body.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  body.replaceChildren(...kept);
  if (focused) body.querySelector(`button[aria-label="${CSS.escape(focused)}"]`)?.focus();
}

// ---- what the stream brings --------------------------------------------------------------------

function showPortfolio({ balance, orders, positions, fills }) {
  $("cash").textContent = dollars(balance.balance_dollars);
  $("invested").textContent = dollars((balance.portfolio_value / 100).toFixed(2)); // whole cents
  fill("positions", positions.filter((held) => held.position_fp && !/^-?0\.?0*$/.test(held.position_fp)).map(positionRow));
  fill("orders", orders.map(orderRow));
  const news = fills.filter((one) => !seen.has(one.fill_id));
  fill("fills", fills.map(fillRow));
  news.forEach((one) => seen.add(one.fill_id));
  if (news.length && !isFirstLook) $("heard").textContent = `Filled: ${news.map(told).join("; ")}`;
  isFirstLook = false;
}

const market = (one) => [one.ticker, "market"];
const outcome = (word, number) => [`${number} ${word.toUpperCase()}`, word];
const priceOf = (one) => (one.outcome_side === "yes" ? one.yes_price_dollars : one.no_price_dollars);
const told = (one) => `${count(one.count_fp)} ${one.outcome_side} at ${dollars(priceOf(one))} in ${one.ticker}`;

function positionRow(held) {
  const word = held.position_fp.startsWith("-") ? "no" : "yes";
  const holding = outcome(word, count(held.position_fp.replace("-", "")));
  return row([market(held), holding, ...[held.market_exposure_dollars, held.realized_pnl_dollars, held.fees_paid_dollars].map(dollars)]);
}

function orderRow(order) {
  const side = [order.book_side, order.outcome_side];
  const label = `Cancel ${order.book_side} at ${order.yes_price_dollars} in ${order.ticker}, order ${order.order_id}`;
  const cancel = button("Cancel", label, async () => {
    const path = `/api/orders/${encodeURIComponent(order.order_id)}?ticker=${encodeURIComponent(order.ticker)}`;
    const { ok, body } = await ask("DELETE", path);
    say("ticket-said", ok ? "Canceled." : body.message);
  });
  return row([market(order), side, count(order.remaining_count_fp), dollars(order.yes_price_dollars), cancel]);
}

function fillRow(one) {
  const time = new Date(one.created_time).toLocaleTimeString();
  const bought = outcome(one.outcome_side, count(one.count_fp));
  const tr = row([time, market(one), bought, dollars(priceOf(one)), dollars(one.fee_cost), one.is_taker ? "taker" : "maker"]);
  tr.dataset.fill = one.fill_id;
  if (!seen.has(one.fill_id) && !isFirstLook) tr.className = "new";
  return tr;
}

function showMarkets(markets) {
  const select = $("ticket").elements.ticker;
  const known = [...select.options].map((option) => option.value);
  if (known.join() !== markets.map((one) => one.ticker).join()) {
    const chosen = select.value;
    select.replaceChildren(...markets.map((one) => new Option(one.ticker)));
    if (known.includes(chosen)) select.value = chosen;
  }
  fill("markets", markets.map((one) => {
    const take = (price, side, word) =>
      price ? button(dollars(price), `${word} ${one.ticker} at ${price}`, () => write(one.ticker, side, price)) : "–";
    const { yes_bid_dollars: bid, yes_ask_dollars: offer, last_price_dollars: last } = one;
    return row([market(one), take(bid, "ask", "Sell YES of"), take(offer, "bid", "Buy YES of"), dollars(last)]);
  }));
}

function showBudget(budget) {
  for (const [name, bucket] of Object.entries(budget)) {
    const meter = $(name);
    meter.setAttribute("aria-valuemax", bucket.capacity);
    meter.setAttribute("aria-valuenow", Math.floor(bucket.tokens));
    meter.setAttribute("aria-valuetext", `${whole(bucket.tokens)} of ${whole(bucket.capacity)} tokens`);
    meter.style.setProperty("--level", bucket.tokens / bucket.capacity);
    meter.style.setProperty("--least", bucket.least / bucket.capacity);
    $(`${name}-tokens`).textContent = `${whole(bucket.tokens)} of ${whole(bucket.capacity)}`;
    const queue = bucket.waiting ? `, ${bucket.waiting} waiting` : "";
    $(`${name}-least`).textContent = `lowest ${whole(bucket.least)}, refills ${whole(bucket.refill_per_s)} a second${queue}`;
  }
}

function showTrouble(name, message) {
  if (message) troubles.set(name, message);
  else troubles.delete(name);
  $("trouble").textContent = [...troubles].map(([of, text]) => `${of}: ${text}`).join(" · ");
  $("trouble").hidden = !troubles.size;
}

// ---- what the user does ------------------------------------------------------------------------

function write(ticker, side, price) {
  const fields = $("ticket").elements;
  [fields.ticker.value, fields.side.value, fields.price.value] = [ticker, side, price];
  fields.count.focus();
}

const say = (id, text) => ($(id).textContent = text);

async function ask(method, path, content) {
  const headers = content ? { "Content-Type": "application/json" } : {};
  try {
    const reply = await fetch(path, { method, headers, body: content && JSON.stringify(content) });
    const body = reply.status === 204 ? {} : await reply.json();
    return { ok: reply.ok, status: reply.status, body: { message: body.detail, ...body } };
  } catch (error) {
    return { ok: false, status: 0, body: { message: `The backend did not answer: ${error.message}` } };
  }
}

async function place(event) {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData($("ticket")));
  const submit = $("ticket").querySelector("button");
  submit.disabled = true;
  const { ok, status, body } = await ask("POST", "/api/orders", { ...fields, client_order_id: key });
  if (body.record) say("ticket-said", await settled(body.record));
  else if (!ok) say("ticket-said", `Not placed: ${body.message}`);
  else say("ticket-said", `Placed: ${count(body.fill_count)} filled, ${count(body.remaining_count)} resting.`);
  // After no answer at all the key stays: should the order be there, sending it again is refused.
  if (status) key = crypto.randomUUID();
  submit.disabled = false;
}

/** Ask what became of an order in doubt until it is certain, for about a minute. */
async function settled(record) {
  say("ticket-said", "Nobody knows yet whether this order was placed. Looking…");
  for (let look = 0; look < 45; look++) {
    const { body } = await ask("POST", "/api/orders/resolve", record);
    if (body.fate === "placed") return `Placed after all: ${count(body.order.fill_count_fp)} filled.`;
    if (body.fate === "absent") return "Certainly not placed.";
    await new Promise((done) => setTimeout(done, 1500));
  }
  return `Still not known: look for ${record.client_order_id} among your orders.`;
}

async function logIn(content) {
  say("door-said", "Opening…");
  const { ok, body } = await ask("POST", "/api/login", content);
  say("door-said", ok ? "" : body.message);
  if (ok) await start();
}

// ---- coming and going --------------------------------------------------------------------------

async function start() {
  const { ok, body } = await ask("GET", "/api/desk");
  for (const id of ["desk", "environment", "logout"]) $(id).hidden = !ok;
  $("door").hidden = ok;
  source?.close();
  say("link", "");
  if (!ok) return;
  say("environment", body.subaccount ? `${body.environment}, subaccount ${body.subaccount}` : body.environment);
  source = new EventSource("/api/events");
  source.onopen = () => say("link", "live");
  source.onerror = () => (source.readyState === EventSource.CLOSED ? start() : say("link", "reconnecting…"));
  const on = (name, show) =>
    source.addEventListener(name, (event) => {
      if (name !== "trouble") showTrouble(name, null);
      show(JSON.parse(event.data));
    });
  on("budget", showBudget);
  on("portfolio", showPortfolio);
  on("markets", showMarkets);
  on("trouble", (problem) => showTrouble(problem.of, problem.message));
}

$("ticket").addEventListener("submit", place);
$("guest-form").addEventListener("submit", (event) => (event.preventDefault(), logIn({})));
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { subaccount, ...rest } = Object.fromEntries(new FormData(event.target));
  event.target.reset();
  logIn({ ...rest, subaccount: Number(subaccount) });
});
$("logout").addEventListener("click", async () => {
  source.close();
  await ask("POST", "/api/logout");
  location.reload(); // nothing of this account stays in the page
});
start();
