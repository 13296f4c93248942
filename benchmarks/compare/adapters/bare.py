"""The calls of an HTTP library without an SDK: bodies as dicts, headers built by hand."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping

from ..adapter import FILLS_A_PAGE, ORDER, Target, unsigned_headers
from ..answers import ORDER_ID


class BareClient(ABC):
    """The requests, for any HTTP library."""

    def aim(self, target: Target) -> None:
        """Set the exchange to call."""
        self._origin, _, base_path = target.url.rpartition("/trade-api")
        self._base_path = "/trade-api" + base_path

    async def create(self) -> object:
        body = {**ORDER, "client_order_id": str(uuid.uuid4())}
        return await self._ask("POST", "/portfolio/events/orders", json=body)

    async def cancel(self) -> object:
        return await self._ask("DELETE", f"/portfolio/events/orders/{ORDER_ID}")

    async def page(self, limit: int) -> int:
        return len((await self._ask("GET", "/portfolio/orders", params={"limit": limit}))["orders"])

    async def fills(self) -> int:
        rows, cursor = 0, ""
        while True:
            query: dict[str, str | int] = {"limit": FILLS_A_PAGE, "cursor": cursor}
            page = await self._ask("GET", "/portfolio/fills", params=query)
            rows, cursor = rows + len(page["fills"]), page["cursor"]
            if not cursor:
                return rows

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> dict[str, str]:
        path = self._base_path + path
        return await self.request(method, self._origin + path, json, params, unsigned_headers(method, path))

    @abstractmethod
    async def request(
        self,
        method: str,
        url: str,
        json: Mapping[str, str] | None,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str],
    ) -> dict[str, str]:
        """Send a request and return the decoded reply; raise for a refusal."""
