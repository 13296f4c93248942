"""``--profile 2025`` as a process of its own, as the SDK of 2025 meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kalshi_async import Credentials, Environment, Session
from kalshi_async.api2025 import requests as legacy
from tests.sandbox.test_command_line import running

ARGUMENTS = ("--profile", "2025", "--account", "ann:rsa", "--read-lag-ms", "0")


@pytest.mark.real_time
async def test_the_command_line_serves_2025(tmp_path: Path) -> None:
    async with running(*ARGUMENTS, "--keys", str(tmp_path)) as (_, line):
        (account,) = line["accounts"]
        credentials = Credentials.from_file(account["key_id"], account["private_key_path"])
        environment = Environment("then", line["rest_url"], generation="2025")
        async with Session(environment, credentials) as session:
            request = legacy.CreateOrderRequest(
                ticker=line["markets"][0]["ticker"],
                side="yes",
                action="buy",
                count=10,
                type="limit",
                yes_price=44,
            )
            reply = await session.legacy.create_order(request)
            assert reply.order is not None
            assert (await session.legacy.get_balance()).balance == 1_000_000
            assert (await session.legacy.cancel_order(reply.order.order_id or "")).reduced_by == 10
