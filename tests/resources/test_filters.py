"""List filters: a word or a ticker that matches nothing is refused, and never an empty list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kalshi_async import InvalidRequest, OrderStatus, Session
from kalshi_async.sandbox import RequestRecord
from tests.stages.served import EVENT, OTHER_TICKER, TICKER

LOWER, LOWER_EVENT = TICKER.lower(), EVENT.lower()
Ask = Callable[[Any], object]  # a session, untyped: mypy refuses the wrong words before they run

WORDS: list[tuple[Ask, str]] = [
    (lambda s: s.orders.list(status="open"), "status must be one of resting, canceled, executed, was 'open'"),
    (lambda s: s.orders.list(status="active"), "was 'active'"),
    (lambda s: s.orders.list(status="filled"), "was 'filled'"),
    (lambda s: s.orders.list(status="Resting"), "was 'Resting'"),
    (lambda s: s.orders.list(status=""), "was ''"),
    (lambda s: s.orders.list(status=OrderStatus("pending")), "resting, canceled, executed"),
    (lambda s: s.markets.list(status="active"), "unopened, open, paused, closed, settled, was 'active'"),
    (lambda s: s.markets.list(status=["open", "Closed"]), "was .'open', 'Closed'."),
    (lambda s: s.positions.list(count_filter="positions"), "one of position, total_traded, was 'positions'"),
    (lambda s: s.positions.list(count_filter=["position", "fills"]), "was .'position', 'fills'."),
    (lambda s: s.positions.events(count_filter="Position"), "was 'Position'"),
    (lambda s: s.positions.list(settlement_status="open"), "one of unsettled, settled, all, was 'open'"),
    (lambda s: s.positions.events(settlement_status="ALL"), "was 'ALL'"),
    (lambda s: s.orders.list(status=0), "status must be text, or a list of texts, was 0"),
    (lambda s: s.orders.list(status=False), "was False"),
    (lambda s: s.orders.list(status=["resting", "executed"]), "status takes one value, was .'resting', 'ex"),
    (lambda s: s.orders.list(status="resting,executed"), "takes one value, was 'resting,executed'"),
    (lambda s: s.positions.list(settlement_status=["settled"]), "takes one value"),
    (lambda s: s.positions.events(settlement_status="settled,unsettled"), "takes one value"),
]  # fmt: skip

TICKERS: list[Ask] = [
    lambda s: s.orders.list(ticker=LOWER),
    lambda s: s.orders.list(event_ticker=LOWER_EVENT),
    lambda s: s.orders.list(event_ticker=[EVENT, LOWER_EVENT]),
    lambda s: s.orders.history(ticker=LOWER),
    lambda s: s.fills.list(ticker=LOWER),
    lambda s: s.fills.list(ticker=[OTHER_TICKER, LOWER]),
    lambda s: s.fills.list(ticker=f"{OTHER_TICKER},{LOWER}"),
    lambda s: s.fills.history(ticker=LOWER),
    lambda s: s.positions.list(ticker=LOWER),
    lambda s: s.positions.list(event_ticker=LOWER_EVENT),
    lambda s: s.positions.events(event_ticker=LOWER_EVENT),
    lambda s: s.portfolio.settlements(ticker=LOWER),
    lambda s: s.portfolio.settlements(event_ticker=LOWER_EVENT),
    lambda s: s.historical.orders(ticker=LOWER),
    lambda s: s.historical.fills(ticker=LOWER),
    lambda s: s.historical.positions(ticker=LOWER),
    lambda s: s.historical.positions(event_ticker=LOWER_EVENT),
    lambda s: s.markets.list(tickers=[LOWER]),
    lambda s: s.markets.list(event_ticker=LOWER_EVENT),
    lambda s: s.markets.list(series_ticker="kxhighny"),
]


BOTH = [TICKER, OTHER_TICKER]
SEVERAL: list[Callable[[Any, Any], object]] = [
    lambda s, two: s.orders.list(ticker=two),
    lambda s, two: s.orders.history(ticker=two),
    lambda s, two: s.fills.history(ticker=two),
    lambda s, two: s.positions.list(ticker=two),
    lambda s, two: s.positions.list(event_ticker=two),
    lambda s, two: s.positions.events(event_ticker=two),
    lambda s, two: s.portfolio.settlements(ticker=two),
    lambda s, two: s.portfolio.settlements(event_ticker=two),
    lambda s, two: s.historical.orders(ticker=two),
    lambda s, two: s.historical.fills(ticker=two),
    lambda s, two: s.historical.positions(ticker=two),
    lambda s, two: s.historical.positions(event_ticker=two),
    lambda s, two: s.markets.list(event_ticker=two),
    lambda s, two: s.markets.list(series_ticker=two),
]


@pytest.mark.parametrize("two", [BOTH, ",".join(BOTH), tuple(BOTH), [TICKER]], ids=str)
@pytest.mark.parametrize("ask", SEVERAL)
async def test_several_tickers_where_the_exchange_takes_one_are_refused(
    session: Session, ask: Callable[[Any, Any], object], two: object
) -> None:
    # It takes "A,B" for one name and answers with an empty list, which reads as "nothing rests".
    with pytest.raises(InvalidRequest, match="ticker takes one value, was"):
        ask(session, two)


async def test_several_tickers_pass_where_the_exchange_takes_them(
    session: Session, wire: list[RequestRecord]
) -> None:
    for two in (BOTH, ",".join(BOTH)):
        await session.fills.list(ticker=two).collect()
        assert len(await session.markets.list(tickers=two).collect()) == 2
        await session.orders.queue_positions(market_tickers=two)
    await session.orders.list(event_ticker=[EVENT, "KXFOO-26"]).collect()
    assert {record.status for record in wire} == {200}
    with pytest.raises(InvalidRequest, match="event_ticker takes one value"):
        await session.orders.queue_positions(event_ticker=f"{EVENT},KXFOO-26")


async def test_orders_of_up_to_a_hundred_events_are_listed(
    session: Session, wire: list[RequestRecord]
) -> None:
    events = [f"KXFOO-26NOV{number:03}" for number in range(100)]
    for hundred in (events, ",".join(events)):
        await session.orders.list(event_ticker=hundred).collect()
    assert {record.status for record in wire} == {200}
    with pytest.raises(InvalidRequest, match="event_ticker takes at most 100 values, was given 101"):
        session.orders.list(event_ticker=[*events, EVENT])


@pytest.mark.parametrize("order_id", [" ", "", 5, 0, False, "a b", '"a"', "order_id=a", ["a"]])
async def test_fills_of_an_id_that_no_order_can_have_are_refused(session: Session, order_id: Any) -> None:
    with pytest.raises(InvalidRequest, match="order_id"):
        session.fills.list(order_id=order_id)


async def test_a_ticker_in_mixed_case_is_refused_like_a_lower_case_one(session: Session) -> None:
    with pytest.raises(InvalidRequest, match=f"must be in upper case, was .*did you mean {TICKER!r}"):
        session.orders.list(ticker=TICKER[:2] + TICKER[2:].lower())


@pytest.mark.parametrize(("ask", "says"), WORDS)
async def test_a_word_that_does_not_exist_is_refused_with_those_that_do(
    session: Session, ask: Ask, says: str
) -> None:
    # The exchange answers an unknown status with an empty list, which reads as "nothing rests".
    with pytest.raises(InvalidRequest, match=says) as caught:
        ask(session)
    assert caught.value.sent is False


@pytest.mark.parametrize("ask", TICKERS)
async def test_a_lower_case_ticker_is_refused_with_the_upper_case_one(session: Session, ask: Ask) -> None:
    with pytest.raises(InvalidRequest, match=r"ticker.* must be in upper case, was .*did you mean 'KXHIGHNY"):
        ask(session)


async def test_queue_positions_refuse_lower_case_tickers_too(session: Session) -> None:
    with pytest.raises(InvalidRequest, match="market_tickers must be in upper case"):
        await session.orders.queue_positions(market_tickers=[LOWER])
    with pytest.raises(InvalidRequest, match="event_ticker must be in upper case"):
        await session.orders.queue_positions(event_ticker=LOWER_EVENT)


@pytest.mark.parametrize("ticker", ["", " ", "KX A", "KX\n", [], [TICKER, ""], 5, "KXÉ-1"])
async def test_a_ticker_that_no_market_can_have_is_refused(session: Session, ticker: Any) -> None:
    with pytest.raises(InvalidRequest, match="ticker"):
        session.fills.list(ticker=ticker)


@pytest.mark.parametrize("ticker", ["KXBTC15M-26APR160100-00", "CPI-22DEC-TN0.1", "KX_A", "2026", "KX@1"])
async def test_tickers_of_the_venue_and_doubtful_ones_pass(session: Session, ticker: str) -> None:
    # No document gives a rule for tickers: what is not plainly a mistake reaches the exchange.
    assert await session.fills.list(ticker=ticker).collect() == []


async def test_the_words_that_exist_pass(session: Session, wire: list[RequestRecord]) -> None:
    for status in OrderStatus:
        await session.orders.list(status=status).collect()
    await session.markets.list(status=["open", "closed"]).collect()
    await session.positions.list(count_filter=["position", "total_traded"], settlement_status="all").collect()
    assert {record.status for record in wire} == {200}


async def test_a_view_of_a_list_is_checked_before_any_token_is_spent(
    session: Session, wire: list[RequestRecord]
) -> None:
    before = len(wire)
    with pytest.raises(InvalidRequest, match="subaccount"):
        session.fills.list(subaccount=99)
    assert len(wire) == before
