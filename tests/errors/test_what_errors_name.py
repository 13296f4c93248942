"""Every refusal of every operation names the request, says what to do, and fits on a line of a log."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from kalshi_async import BadRequest, KalshiError, NotFound, NotSent, Session
from kalshi_async.contract import Operation, orders
from kalshi_async.contract.markets import GET_MARKET, Market
from kalshi_async.contract.subject import LONGEST_LINE, Subject
from kalshi_async.errors import ApiError, EndpointRetired
from kalshi_async.requests.grid import MOST, KnownGrids
from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.wire._advice import _BY_CODE, advice_of
from kalshi_async.wire._subject import subject_of
from tests.errors.asks import ASKS, KEY, TICKER, Ask, Network, answering, kind_of, refused, venue, wanted

EVERY = pytest.mark.parametrize("operation", ASKS, ids=kind_of)


def nested(code: str, message: str, details: object = None) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "details": details}}).encode()


FORGED = "no\r\nINFO kalshi_async: order filled\x1b[2J\u2028\u202e\x85 end"
TICKET = "https://elsewhere.example/" + "x" * 5_000

# Status, body, headers, and what the text of an ApiError must hold of it.
REFUSALS: dict[str, tuple[int, bytes, dict[str, str], tuple[str, ...]]] = {
    "redirect": (302, b"", {"location": "https://elsewhere.example/"}, ("302", "https://elsewhere.example/")),
    "long redirect": (307, b"", {"location": TICKET}, ("307", "https://elsewhere.example/x")),
    "price": (400, nested("invalid_price", "invalid price"), {}, ("400: invalid_price: invalid price; use",)),
    "flat": (400, b'{"code":"bad_request","message":"bad request"}', {}, ("bad request; correct",)),
    "html": (400, b"<html>" + b"x" * 3_000 + b"</html>", {}, ("<html>", "(3013 bytes)")),
    "Chinese": (400, nested("invalid_order", "价格无效"), {}, ("价格无效",)),
    "binary": (400, bytes(range(256)), {}, ("400: body",)),
    "huge": (400, nested("c" * 90_000, "m" * 90_000, {"d" * 90_000: "e"}), {}, ("400: ccc", "mmm", "ddd")),
    "forged": (400, nested("invalid_order", FORGED, FORGED), {}, (r"no\r\nINFO", r"\x1b[2J", r"\u202e")),
    "timestamp": (401, nested("header_timestamp_expired", "m"), {"date": "yesterday"}, ("synchronise",)),
    "signature": (
        401,
        nested("authentication_error", "m", "NOT_FOUND"),
        {},
        ("NOT_FOUND; check the API key",),
    ),
    "forbidden": (403, nested("permission_denied", "m"), {}, ("use a key",)),
    "not found": (404, nested("not_found", "not found"), {}, ("check the id and its scope",)),
    "taken": (409, nested("order_already_exists", "m"), {}, ("session.orders.find",)),
    "paused": (409, nested("TRADING_IS_PAUSED", "m"), {}, ("wait until",)),
    "retired": (410, nested("deprecated_v1_order_endpoint", "Please switch"), {}, ()),
    "teapot": (418, b"short and stout", {}, ("418: body b'short and stout'",)),
    "limit": (429, b'{"error":"too many requests"}', {}, ("too many requests; send less",)),
    "encoded": (400, b"not gzip", {"content-encoding": "gzip"}, ("400: body b'not gzip'",)),
    "internal": (500, nested("internal_error", "m"), {}, ("500: internal_error: m",)),
    "gateway": (502, b"<html>Bad Gateway</html>", {}, ("502",)),
}


def raw(status: int, headers: dict[str, str], body: bytes) -> httpx.Response:
    """An answer whose body is not decoded on the way, as ``content=`` would be."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


async def error_of(session: Session, ask: Ask) -> KalshiError:
    with pytest.raises(KalshiError) as caught:
        await ask(session)
    return caught.value


def assert_named(error: KalshiError, operation: Operation[object], texts: tuple[str, ...]) -> None:
    text = str(error)
    assert error.operation == operation.name
    assert error.subject is not None
    assert (error.subject.operation, error.subject.method) == (operation.name, operation.method)
    assert f"[{operation.name} {operation.method} /trade-api/v2/" in text
    assert error.subject.path in text
    for expected in texts:
        assert expected in text


def assert_on_one_line(text: str) -> None:
    assert text.isprintable(), "no character may break the line or rule the terminal"
    assert len(text) <= LONGEST_LINE


@EVERY
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_refusal_names_the_request_and_what_to_do(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture, operation: Operation[object], refusal: str
) -> None:
    caplog.set_level(logging.DEBUG, "kalshi_async")
    status, body, headers, held = REFUSALS[refusal]
    ask, texts = ASKS[operation]
    network = Network(answering(lambda: raw(status, headers, body)))
    async with venue(clock, network) as session:
        error = await error_of(session, ask)
    assert_named(error, operation, texts)
    assert_on_one_line(str(error))
    if isinstance(error, ApiError):
        assert error.status == status
        assert error.advice
        for expected in held:
            assert expected in str(error)
    if isinstance(error.__cause__, ApiError):
        assert_named(error.__cause__, operation, ())
    assert isinstance(error, EndpointRetired) == (status == 410)
    for record in caplog.records:
        assert_on_one_line(record.getMessage())
        if record.getMessage().startswith(operation.name):
            assert_named_in_log(record.getMessage(), operation)


def assert_named_in_log(line: str, operation: Operation[object]) -> None:
    assert f"{operation.name} {operation.method} /trade-api/v2/" in line


async def test_a_log_line_about_an_attempt_names_the_order(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kalshi_async")
    network = Network(answering(lambda: httpx.Response(503)))
    async with venue(clock, network) as session:
        await error_of(session, lambda s: s.orders.create(wanted()))
    first = caplog.records[0].getMessage()
    assert first.startswith("create_order attempt 1: 503")
    assert f"client_order_id {KEY}, side bid, count 12.50, price 0.4455" in first


MARKET = {
    "ticker": TICKER,
    "event_ticker": "KXHIGHNY-26NOV23",
    "status": "active",
    "price_ranges": [
        {"start": "0.0100", "end": "0.9900", "step": "0.0100"},
    ],
}
PRICE = httpx.Response(400, content=nested("invalid_price", "invalid price"))


async def read_one(session: Session) -> None:
    await session.markets.get(TICKER)


async def read_list(session: Session) -> None:
    await session.markets.list(tickers=[TICKER]).collect()


@pytest.mark.parametrize("read", [read_one, read_list])
@pytest.mark.parametrize("name", ["create_order", "amend_order", "batch_create_orders"])
async def test_a_refused_price_names_the_grid_that_a_read_has_shown(
    clock: VirtualClock, read: Any, name: str
) -> None:
    page: dict[str, object] = {"market": MARKET} if read is read_one else {"markets": [MARKET], "cursor": ""}
    (ask,) = [ask for operation, (ask, _) in ASKS.items() if operation.name == name]
    code = {"error": {"code": "invalid_price", "message": "invalid price"}}
    legs = {"orders": [{"client_order_id": KEY, **code}]}
    answer = answering(
        lambda: (
            httpx.Response(201, json=legs)
            if name == "batch_create_orders"
            else httpx.Response(400, json=code)
        )
    )
    network = Network(answer, (answering(lambda: httpx.Response(200, json=page)),))
    async with venue(clock, network) as session:
        await read(session)
        error = await error_of(session.with_options(deadline_s=5), one_leg if name[0] == "b" else ask)  # type: ignore[arg-type]  # a view
    assert error.subject is not None
    assert error.advice == {
        "0.4455": "use 0.4400 or 0.4500 of the market's grid: 0.0100 to 0.9900 in steps of 0.0100",
        "0.5000": "the market's grid had this price when it was read: read grid and settlement floor again",
    }.get(error.subject.price or "")
    assert f"; {error.advice} [" in str(error)
    assert "ticker " + TICKER in str(error)


async def one_leg(session: Session) -> None:
    (await session.orders.create_batch([wanted()])).raise_for_errors()


async def test_the_legs_of_a_batch_name_their_own_order(clock: VirtualClock) -> None:
    network = Network(answering(lambda: httpx.Response(400, content=nested("invalid_parameters", "m"))))
    async with venue(clock, network) as session:
        created = await session.orders.create_batch(
            [wanted(), wanted().replace(client_order_id="b", count=3)]
        )
        canceled = await session.orders.cancel_batch(["one", "two"])
    first, second = (leg.error.subject for leg in created if leg.error is not None)
    assert first is not None
    assert second is not None
    assert (first.client_order_id, first.count, first.orders) == (KEY, "12.50", None)
    assert (second.client_order_id, second.count, second.orders) == ("b", "3.00", None)
    assert [leg.error.subject.order_id for leg in canceled if leg.error and leg.error.subject] == [
        "one",
        "two",
    ]


async def test_an_error_of_the_sessions_transport_names_the_request_too(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kalshi_async")
    body = {"ticker": TICKER, "price": 0.4, "count": "1", "client_order_id": KEY}
    async with (
        venue(clock, Network(answering(lambda: httpx.Response(503)))) as session,
        httpx.AsyncClient(transport=session.transport, base_url=session.environment.rest_url) as client,
    ):
        assert (await client.post("/portfolio/events/orders", json=body)).status_code == 503
    named = f"create_order POST /trade-api/v2/portfolio/events/orders, ticker {TICKER}, client_order_id {KEY}"
    assert f"[{named}, count 1, price 0.4]" in caplog.records[0].getMessage()


async def test_a_request_of_any_length_is_named_within_the_bounds(clock: VirtualClock) -> None:
    long = "long\n" * 10_000
    fields = (
        "ticker",
        "client_order_id",
        "side",
        "action",
        "count",
        "price",
        "reduce_by",
        "amount",
        "subaccount",
    )
    legs = [{"client_order_id": f"{number}{long}"} for number in range(5)]
    async with (
        venue(clock, Network(refused)) as session,
        httpx.AsyncClient(transport=session.transport, base_url=session.environment.rest_url) as client,
    ):
        for path, body in (
            ("/portfolio/events/orders/" + "x" * 5_000, dict.fromkeys(fields, long)),
            ("/portfolio/events/orders/batched", {"orders": legs}),
            ("/portfolio/events/orders", {"price": [], "count": {"a": 1}, "ticker": None}),
        ):
            with pytest.raises(NotSent) as caught:
                await client.post(path, json=body)
            assert_on_one_line(str(caught.value))


def test_the_orders_of_a_batch_are_named_by_their_first_keys() -> None:
    body = json.dumps({"orders": [{"client_order_id": str(number), "price": "0.1"} for number in range(5)]})
    batch = subject_of(orders.BATCH_CREATE_ORDERS, "/p", "", body.encode())
    assert (batch.orders, batch.client_order_id, batch.price) == (5, "0, 1, 2 and 2 more", None)
    leg = subject_of(orders.BATCH_CREATE_ORDERS, "/p", "", body.encode(), ["3"])
    assert (leg.orders, leg.client_order_id, leg.price) == (None, "3", "0.1")


def test_the_fields_of_the_2025_api_are_named_too() -> None:
    body = {"ticker": TICKER, "action": "buy", "side": "no", "yes_price": 48, "count": 3}
    named = subject_of(orders.CREATE_ORDER, "/p", "", json.dumps(body).encode())
    assert (named.side, named.price, named.count) == ("buy no", "48", "3")
    ids = subject_of(orders.BATCH_CANCEL_ORDERS, "/p", "", b'{"order_ids":["one"]}')
    assert (ids.order_id, ids.orders) == ("one", None)


def test_the_grids_that_are_kept_are_bounded_and_the_newest() -> None:
    def market(ticker: str, ranges: int = 1) -> Market:
        prices = [{"start": "0.01", "end": "0.99", "step": "0.01"}] * ranges
        row = {**MARKET, "ticker": ticker, "price_ranges": prices}
        return GET_MARKET.decoder.decode(json.dumps({"market": row})).market

    def advice(ticker: str) -> str | None:
        request = Subject(operation="create_order", method="POST", path="/p", ticker=ticker)
        return grids.advised(BadRequest(400, code="invalid_price").replace(subject=request)).advice

    grids = KnownGrids()
    grids.learn(market(str(number)) for number in range(MOST + 1))
    assert (advice("0"), advice("1") is None) == (None, False)
    grids.learn([market("1", 7), market("2", 0)])
    assert (advice("1") or "").endswith("in steps of 0.01 and 2 more ranges")
    assert advice("2") is None
    assert (advice("1") or "").startswith("use a price of the market's grid: ")
    other = NotFound(404, code="not_found")
    assert grids.advised(other) is other
    assert grids.advised(NotSent("x")).advice is None
    assert grids.advised(BadRequest(400, code="invalid_price")).advice is None


@pytest.mark.parametrize(
    ("price", "advice"),
    [
        ("0.3000", "use a YES price above the settlement floor 0.3000, a NO price below 0.7000"),
        ("0.3050", "use 0.3100 of the market's grid: 0.01 to 0.99 in steps of 0.01"),
        ("0.4455", "use 0.4400 or 0.4500 of the market's grid: 0.01 to 0.99 in steps of 0.01"),
        ("44", "use a price of the market's grid: 0.01 to 0.99 in steps of 0.01"),
    ],
)
def test_a_refused_price_is_told_what_the_market_takes(price: str, advice: str) -> None:
    prices = [{"start": "0.01", "end": "0.99", "step": "0.01"}]
    row = {**MARKET, "price_ranges": prices, "settlement_floor_dollars": "0.3000"}
    grids = KnownGrids()
    grids.learn([GET_MARKET.decoder.decode(json.dumps({"market": row})).market])
    order = Subject(operation="create_order", method="POST", path="/p", ticker=TICKER, price=price)
    refused = BadRequest(400, code="invalid_price").replace(subject=order)
    assert grids.advised(refused).advice == advice


def test_the_advice_is_for_codes_that_the_exchange_has() -> None:
    known = {code.lower() for code in REJECTIONS}
    assert set(_BY_CODE) <= known
    for rejection in REJECTIONS.values():
        assert advice_of(rejection.status, rejection.wire_code)


async def test_a_body_that_is_not_json_is_left_out_of_the_name(clock: VirtualClock) -> None:
    async with (
        venue(clock, Network(refused)) as session,
        httpx.AsyncClient(transport=session.transport, base_url=session.environment.rest_url) as client,
    ):
        with pytest.raises(NotSent) as caught:
            await client.post("/portfolio/events/orders", content=b"[" * 10_000)
    assert str(caught.value).endswith("[create_order POST /trade-api/v2/portfolio/events/orders]")
