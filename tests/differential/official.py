"""The trading day through the vendor's own SDK (kalshi_python_async 3.34.0).

Every operation goes through its typed method, so that the SDK's own deserialization
runs; the raw bytes are validated once more, strictly. Operations are counted.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import kalshi_python_async as sdk
from kalshi_python_async import models
from pydantic import ValidationError

from tests.differential.process import Key
from tests.differential.validation import faults

# Operation of the contract -> method of the SDK, where the two differ.
METHODS = {
    "create_order": "create_order_v2",
    "cancel_order": "cancel_order_v2",
    "amend_order": "amend_order_v2",
    "decrease_order": "decrease_order_v2",
    "batch_create_orders": "batch_create_orders_v2",
    "batch_cancel_orders": "batch_cancel_orders_v2",
    "get_queue_positions": "get_order_queue_positions",
    "get_total_resting_order_value": "get_portfolio_resting_order_total_value",
    "transfer_between_subaccounts": "apply_subaccount_transfer",
    "intra_exchange_transfer": "intra_exchange_instance_transfer",
    "get_intra_exchange_transfer": "get_intra_exchange_instance_transfer",
    "get_intra_exchange_transfers": "get_intra_exchange_instance_transfers",
    "get_historical_fills": "get_fills_historical",
    "get_account_limits": "get_account_api_limits",
    "get_endpoint_costs": "get_account_endpoint_costs",
    "get_volume_progress": "get_account_api_usage_level_volume_progress",
    "upgrade_api_usage_level": "upgrade_account_api_usage_level",
}

# Of these APIs every method must be driven.
WHOLE_APIS = (
    *(sdk.OrdersApi, sdk.OrderGroupsApi, sdk.PortfolioApi, sdk.AccountApi, sdk.MarketApi, sdk.EventsApi),
    *(sdk.ExchangeApi, sdk.HistoricalApi, sdk.MultivariateApi, sdk.SearchApi, sdk.LiveDataApi),
    *(sdk.StructuredTargetsApi, sdk.MilestoneApi, sdk.IncentiveProgramsApi),
)

# The venue refuses a PUT without a body; these two send one only when it is given.
EMPTY_BODY = frozenset({"reset_order_group", "trigger_order_group"})


# An account without rate limits has no grants of them.
WITHOUT_ROWS = frozenset({"get_account_limits"})


@dataclass
class Record:
    """What was called, how often, and what was wrong with the replies."""

    calls: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def methods_left_out(self) -> list[str]:
        """Name the methods of these APIs that nobody has called with success."""
        driven = {METHODS.get(operation, operation) for operation in self.calls}
        return sorted(set().union(*(methods(api) for api in WHOLE_APIS)) - driven)

    def empty_lists(self) -> list[str]:
        """Name the lists that never showed a row: such replies prove nothing."""
        return sorted(name for name, rows in self.rows.items() if not rows and name not in WITHOUT_ROWS)


def methods(api: type) -> set[str]:
    """Return the plain methods of one API class."""
    variants = ("_with_http_info", "_without_preload_content")
    return {name for name in vars(api) if not name.startswith("_") and not name.endswith(variants)}


class RecordingClient(sdk.KalshiClient):  # type: ignore[misc]  # Any where the SDK is not installed
    """The SDK's client, which also keeps the raw bytes of the last reply and their model."""

    def __init__(self, rest_url: str, key: Key) -> None:
        configuration = sdk.Configuration(host=rest_url)
        configuration.api_key_id = key.key_id
        configuration.private_key_pem = key.private_key_pem
        super().__init__(configuration)
        self.last: tuple[int, bytes, str | None] = (0, b"", None)

    def response_deserialize(self, response_data, response_types_map=None):  # type: ignore[no-untyped-def]  # the SDK's signature
        """Keep what came, then let the SDK do its work."""
        model = (response_types_map or {}).get(str(response_data.status))
        self.last = (response_data.status, response_data.data, model)
        return super().response_deserialize(response_data, response_types_map)


class OfficialActor:
    """One account through the SDK."""

    def __init__(self, client: RecordingClient, record: Record) -> None:
        self._client = client
        self._record = record

    async def act(self, operation: str, **arguments: object) -> str:
        """Call the typed method, every page of it, and validate the raw bytes again."""
        cursor = ""
        seen: set[str] = set()
        while True:
            page = {"cursor": cursor} if cursor else {}
            await self._call(operation, **arguments, **page)
            document = self._validated(operation)
            self._record.calls[operation] += 1
            cursor = str(document.get("cursor") or "")
            if not cursor:
                return _named_id(document)
            assert cursor not in seen, f"{operation} repeats the cursor {cursor}"
            seen.add(cursor)

    async def refused(self, status: int, operation: str, **arguments: object) -> None:
        """Call the typed method, which must raise with ``status``."""
        try:
            await self._call(operation, **arguments)
        except sdk.ApiException as error:
            if error.status != status:
                raise AssertionError(f"{operation} must be refused with {status}: {arguments}") from error
            self._record.refusals[operation] += 1
        else:
            raise AssertionError(f"{operation} must be refused with {status}, was accepted: {arguments}")

    async def _call(self, operation: str, **arguments: object) -> None:
        if operation in EMPTY_BODY:
            arguments["body"] = {}
        # A reply that the SDK cannot take is reported by the validation of its raw bytes.
        with suppress(ValidationError):
            await getattr(self._client, METHODS.get(operation, operation))(**arguments)

    def _validated(self, operation: str) -> dict[str, object]:
        status, raw, model_name = self._client.last
        document = json.loads(raw) if raw else {}
        assert isinstance(document, dict), f"{operation} answered {raw!r}"
        lists = [rows for rows in document.values() if isinstance(rows, list)]
        if "get_" in operation and lists:
            self._record.rows[operation] += sum(_rows_of(rows) for rows in lists)
        found: list[str] = []
        if model_name not in (None, "object"):
            found = faults(getattr(models, model_name), document)
        elif document:
            found = [f"{status} with a body that the SDK has no model for: {raw!r}"]
        if found:
            self._record.faults.setdefault(operation, []).extend(found)
        return document


def _rows_of(rows: list[object]) -> int:
    # Candles stand in lists of their own, within the rows of their markets.
    inner = [part for row in rows for part in (row.values() if isinstance(row, dict) else [row])]
    nested = [part for part in inner if isinstance(part, list)]
    return sum(map(len, nested)) if nested else len(rows)


def _named_id(document: dict[str, object]) -> str:
    for name in ("order_id", "order_group_id", "transfer_id", "subaccount_number"):
        if name in document:
            return str(document[name])
    return ""
