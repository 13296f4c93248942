"""The FastAPI backend's page in a real Chromium: a fill arrives, and the budget moves.

Playwright drives the Chromium of the system (Debian: ``apt-get install chromium``). Where one of the
two is missing these tests are skipped, but never where CI=true.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from kalshi_async.sandbox.faults import LoseReply
from tests.examples.backend import TICKER, Backend, served

if TYPE_CHECKING:
    from playwright.async_api import Page

CHROMIUM = shutil.which("chromium") or ""
IS_MISSING = not CHROMIUM or find_spec("playwright") is None
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(
        IS_MISSING and os.environ.get("CI") != "true", reason="needs chromium and playwright: nox -s examples"
    ),
]


@asynccontextmanager
async def page_of(backend: Backend) -> AsyncIterator[Page]:
    """Open the page in a browser of its own, with a fresh profile, and log in as a guest.

    Fails if the page asks anybody but its backend, or breaks.
    """
    from playwright.async_api import async_playwright

    breaks: list[str] = []
    asked: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=False
        )
        page = await browser.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: breaks.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(backend.url)
        await page.get_by_role("button", name="Trade as a guest").click()
        await page.locator("#markets").get_by_text(TICKER).wait_for()
        yield page
        await browser.close()
    assert breaks == []
    assert [url for url in asked if not url.startswith(backend.url)] == []


async def place(page: Page, *, side: str, price: str, count: str = "2") -> None:
    """Fill in the ticket and send it."""
    await page.locator("#ticket select").select_option(TICKER)
    await page.get_by_label(side).check()
    await page.get_by_label("Contracts").fill(count)
    await page.get_by_label("YES price").fill(price)
    await page.get_by_role("button", name="Place order").click()


async def test_a_fill_that_somebody_else_causes_arrives_and_the_portfolio_follows() -> None:
    async with served() as (backend, _), page_of(backend) as page:
        await place(page, side="Bid: buy YES", price="0.40")
        await page.get_by_text("Placed: 0 filled, 2 resting.").wait_for()
        await page.get_by_text("No fill yet.").wait_for()
        backend.sandbox.market(TICKER).trade("ask", "0.40", 2)
        fill = page.locator("#fills tr[data-fill]")
        await fill.wait_for()
        assert (await fill.locator("td").all_inner_texts())[1:4] == [TICKER, "2 YES", "$0.40"]
        assert (await page.locator("#heard").inner_text()).startswith("Filled: 2 yes at $0.40")
        assert await page.locator("#positions").get_by_text("2 YES").count() == 1
        assert await page.locator("#orders").get_by_text("No order rests.").count() == 1
        assert await page.locator("#cash").inner_text() == "$9,999.20"


async def test_two_fills_that_look_the_same_stay_two() -> None:
    async with served() as (backend, _), page_of(backend) as page:
        await place(page, side="Bid: buy YES", price="0.40", count="4")
        await page.get_by_text("Placed: 0 filled, 4 resting.").wait_for()
        for _ in range(2):
            backend.sandbox.market(TICKER).trade("ask", "0.40", 2)
        await page.locator("#positions").get_by_text("4 YES").wait_for()
        backend.sandbox.market(TICKER).quote("ask", "0.30", 2)
        await place(page, side="Bid: buy YES", price="0.30")  # the third: all are drawn anew
        await page.locator("#positions").get_by_text("6 YES").wait_for()
        assert await page.locator("#fills tr[data-fill]").count() == 3


# Resolved when an order has taken ten tokens; watched from within, for the mark stands a quarter second.
SEES_THE_BUDGET_MOVE = """
meter => new Promise(done => {
  const look = () => /^lowest 9\\d,/.test(meter.textContent) && done(meter.textContent);
  new MutationObserver(look).observe(meter, { childList: true });
})
"""


async def test_an_order_moves_the_budget() -> None:
    async with served() as (backend, _), page_of(backend) as page:
        await page.get_by_text("lowest 100, refills 100 a second").wait_for()
        moved = asyncio.create_task(page.locator("#write-least").evaluate(SEES_THE_BUDGET_MOVE))
        await place(page, side="Ask: buy NO", price="0.90")
        async with asyncio.timeout(15):
            assert (await moved).endswith("refills 100 a second")
        assert await page.get_by_role("meter", name="Write tokens").get_attribute("aria-valuemax") == "100"


async def test_an_open_order_is_canceled_by_its_button() -> None:
    async with served() as (backend, _), page_of(backend) as page:
        await place(page, side="Bid: buy YES", price="0.40")
        await page.get_by_role("button", name=f"Cancel bid at 0.4000 in {TICKER}").click()
        await page.locator("#orders").get_by_text("No order rests.").wait_for()
        assert not backend.account("guest 1").resting


async def test_a_mistake_is_explained_where_it_was_made() -> None:
    async with served() as (backend, _), page_of(backend) as page:
        await place(page, side="Bid: buy YES", price="0.12345")
        await page.get_by_text("Not placed: price must have at most 4 decimals, was '0.12345'").wait_for()


async def test_an_order_in_doubt_is_looked_for_until_it_is_certain() -> None:
    async with served() as (backend, _), page_of(backend) as page:
        backend.sandbox.faults.every("create_order", LoseReply())
        backend.sandbox.faults.lag_reads(7_000)  # longer than the deadline of a write
        await place(page, side="Bid: buy YES", price="0.40")
        await page.get_by_text("It is not known yet whether this order was placed.").wait_for()
        await page.get_by_text("The order was placed: 0 filled.").wait_for()
        assert len(backend.account("guest 1").orders) == 1


async def test_logging_out_cancels_and_shows_the_login_again() -> None:
    async with served() as (backend, _), page_of(backend) as page:
        await place(page, side="Bid: buy YES", price="0.40")
        await page.locator("#orders").get_by_text("$0.40").wait_for()
        await page.get_by_role("button", name="Log out and cancel open orders").click()
        await page.get_by_role("heading", name="Open your desk").wait_for()
        assert not backend.account("guest 1").resting
