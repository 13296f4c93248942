// The page: shows server-sent events as tables, and sends orders by POST, each with its own id.
// Amounts of money stay text, because JavaScript's numbers are floats. All received values are set
// as text, never as HTML.

const $ = (id) => document.getElementById(id);
const seen = new Set(); // fills that have been shown
const troubles = new Map();
let isFirstLook = true;
let orderId = crypto.randomUUID(); // of the order on the ticket, until the backend has answered it
let source;

// ---- text --------------------------------------------------------------------------------------

/** "1180.500000" -> "1,180.50": two decimals, or more if the amount has more. */
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

/** A button in a table. Its label is unique: it finds the button again when the table is redrawn. */
function button(text, label, onclick) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "plain", textContent: text, onclick });
  made.setAttribute("aria-label", label);
  return made;
}

/** Show rows. Unchanged rows stay in the document: a click on a row that is replaced would be lost. */
function fill(id, rows) {
  const body = $(id);
  if (!rows.length && body.dataset.none) {
    const none = cell([body.dataset.none, "none"]);
    none.colSpan = 9;
    rows = [document.createElement("tr")];
    rows[0].append(none);
  }
  const old = [...body.rows];
  // Compare the fill's id too: two fills may look the same, and each needs a row of its own.
  const is = (made) => (there) => there.innerHTML === made.innerHTML && there.dataset.fill === made.dataset.fill;
  const kept = rows.map((made) => old.find(is(made)) ?? made);
  if (kept.length === old.length && kept.every((there, index) => there === old[index])) return;
  old.forEach((there) => there.classList.remove("new"));
  const focused = body.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  body.replaceChildren(...kept);
  if (focused) body.querySelector(`button[aria-label="${CSS.escape(focused)}"]`)?.focus();
}

// ---- events of the stream ----------------------------------------------------------------------

function showPortfolio({ balance, orders, positions, fills }) {
  $("cash").textContent = dollars(balance.balance_dollars);
  $("invested").textContent = dollars((balance.portfolio_value / 100).toFixed(2)); // whole cents
  fill("positions", positions.filter((held) => held.position_fp && !/^-?0\.?0*$/.test(held.position_fp)).map(positionRow));
  fill("orders", orders.map(orderRow));
  const unseen = fills.filter((one) => !seen.has(one.fill_id));
  fill("fills", fills.map(fillRow));
  unseen.forEach((one) => seen.add(one.fill_id));
  if (unseen.length && !isFirstLook) $("heard").textContent = `Filled: ${unseen.map(fillText).join("; ")}`;
  isFirstLook = false;
}

const market = (one) => [one.ticker, "market"];
const outcome = (word, number) => [`${number} ${word.toUpperCase()}`, word];
const priceOf = (one) => (one.outcome_side === "yes" ? one.yes_price_dollars : one.no_price_dollars);
const fillText = (one) => `${count(one.count_fp)} ${one.outcome_side} at ${dollars(priceOf(one))} in ${one.ticker}`;

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
    show("ticket-status", ok ? "Canceled." : body.message);
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

// ---- actions of the user -----------------------------------------------------------------------

function write(ticker, side, price) {
  const fields = $("ticket").elements;
  [fields.ticker.value, fields.side.value, fields.price.value] = [ticker, side, price];
  fields.count.focus();
}

const show = (id, text) => ($(id).textContent = text);

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
  const { ok, status, body } = await ask("POST", "/api/orders", { ...fields, client_order_id: orderId });
  if (body.record) show("ticket-status", await resolved(body.record));
  else if (!ok) show("ticket-status", `Not placed: ${body.message}`);
  else show("ticket-status", `Placed: ${count(body.fill_count)} filled, ${count(body.remaining_count)} resting.`);
  // Without a reply the id stays: if the order was placed, the exchange refuses it the second time.
  if (status) orderId = crypto.randomUUID();
  submit.disabled = false;
}

/** Ask for the outcome of an order until it is certain, for about a minute. */
async function resolved(record) {
  show("ticket-status", "It is not known yet whether this order was placed. Checking…");
  for (let look = 0; look < 45; look++) {
    const { body } = await ask("POST", "/api/orders/resolve", record);
    if (body.fate === "placed") return `The order was placed: ${count(body.order.fill_count_fp)} filled.`;
    if (body.fate === "absent") return "The order was not placed.";
    await new Promise((done) => setTimeout(done, 1500));
  }
  return `It is still not known: look for ${record.client_order_id} among your orders.`;
}

async function logIn(content) {
  show("login-status", "Opening…");
  const { ok, body } = await ask("POST", "/api/login", content);
  show("login-status", ok ? "" : body.message);
  if (ok) await start();
}

// ---- login and logout --------------------------------------------------------------------------

async function start() {
  const { ok, body } = await ask("GET", "/api/desk");
  for (const id of ["desk", "environment", "logout"]) $(id).hidden = !ok;
  $("login").hidden = ok;
  source?.close();
  show("link", "");
  if (!ok) return;
  show("environment", body.subaccount ? `${body.environment}, subaccount ${body.subaccount}` : body.environment);
  source = new EventSource("/api/events");
  source.onopen = () => show("link", "live");
  source.onerror = () => (source.readyState === EventSource.CLOSED ? start() : show("link", "reconnecting…"));
  const on = (name, handle) =>
    source.addEventListener(name, (event) => {
      if (name !== "trouble") showTrouble(name, null);
      handle(JSON.parse(event.data));
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
  location.reload(); // removes all data of this account from the page
});
start();
