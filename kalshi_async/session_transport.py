"""session.transport: the pipeline as an httpx transport, for paths without a method here.

``httpx.AsyncClient(transport=session.transport, base_url=…)`` reaches any path of the
exchange with the same signer, token buckets and retries. A path of the contract has the
cost and the retries of its operation. For any other path, a GET, HEAD or OPTIONS may be
retried, and any other method is sent once. Writes of RFQs and quotes are charged to the write
bucket of shard 1. A request to another origin is refused and not signed.

A reply of any status is returned as received, except that 401, 408, 429 and 5xx go through the
pipeline's retries first. A failure is raised as an error that is both a KalshiError and an
httpx.TransportError. Closing the client does not close the session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import cast
from urllib.parse import urlsplit

import httpx
import msgspec

from kalshi_async.account.risk_gate import named_subaccount
from kalshi_async.calls.call import Call, CallOptions
from kalshi_async.calls.pipeline import Pipeline
from kalshi_async.contract import OPERATIONS
from kalshi_async.contract.api2025.operations import OPERATIONS_2025  # api2025
from kalshi_async.contract.operation import Bucket, Idempotency, Operation, Priority
from kalshi_async.contract.orders import ItemError
from kalshi_async.environment import DEFAULT_PORTS, Environment, Generation
from kalshi_async.errors import ApiError, InvalidRequest, KalshiError, OutcomeUnknown
from kalshi_async.wire.incoming import Incoming, plain_body
from kalshi_async.wire.outgoing import About, Outgoing
from kalshi_async.wire.refusals import api_error, item_error

# Writes of these are charged to the write bucket of shard 1 (update 2026-11-28 §1.5).
_RFQ = re.compile(r"/communications/(rfqs|quotes|rfq_batches)(/|$)")


class SignedTransport(httpx.AsyncBaseTransport):
    """An ``httpx.AsyncBaseTransport`` that admits, signs, sends and retries."""

    def __init__(self, pipeline: Pipeline, environment: Environment, options: CallOptions) -> None:
        self._pipeline = pipeline
        self._environment = environment
        self._options = options

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request through the pipeline."""
        try:
            self._refuse_other_origin(request)
            incoming = await self._send(request)
        except KalshiError as error:
            raise as_httpx(error, request) from error
        headers = [(name, value) for name, value in incoming.headers if name.lower() not in _HOP_BY_HOP]
        # The content encoding stays, headers and body alike: httpx undoes it.
        return httpx.Response(
            incoming.status, headers=headers, stream=httpx.ByteStream(incoming.body), request=request
        )

    async def aclose(self) -> None:
        """Do nothing: the session owns the connections."""

    async def _send(self, request: httpx.Request) -> Incoming:
        target = request.url.raw_path.decode("ascii")
        path, _, query = target.partition("?")
        body = await request.aread()
        known = operation_of(request.method, path, self._environment.base_path, self._environment.generation)
        operation = _with_idempotency_of(known, body)
        content = body or _empty_body(request.method)
        outgoing = Outgoing(
            operation,
            path,
            query,
            content,
            _items(operation, body),
            operation.priority,
            **_about(query, body),
        )

        def read(incoming: Incoming) -> Incoming:
            # Called with the reply of each attempt; ``doubt`` is set once an earlier answer was lost.
            in_doubt = call.doubt is not None
            if in_doubt and operation.per_item:
                _raise_refused_item(incoming)
            try:
                return pass_through(incoming, in_doubt=in_doubt)
            except KalshiError as error:
                raise error.about(outgoing) from None

        pipeline = self._pipeline
        permit = pipeline.gate.permit(outgoing)
        call: Call[Incoming] = Call(outgoing, read, self._options, permit, pipeline.run)
        try:
            return await call
        except KalshiError as error:
            # If the error was made from a reply, return the reply: a client of httpx expects it.
            answered = _reply_of(error)
            if answered is None:
                raise
            return answered

    def _refuse_other_origin(self, request: httpx.Request) -> None:
        # A signed request is a proof of identity: another server could pass it on to the exchange.
        url = request.url
        port = url.port or DEFAULT_PORTS.get(url.scheme)
        if (url.scheme, url.host, port) != self._environment.origin:
            wanted = urlsplit(self._environment.rest_url)
            raise InvalidRequest(
                f"refused, unsigned: {url.scheme}://{url.netloc.decode('ascii')} is not "
                f"{wanted.scheme}://{wanted.netloc}, the origin of this session"
            )


def pass_through(incoming: Incoming, *, in_doubt: bool) -> Incoming:
    """Return a reply as received; raise for a status on which the pipeline may act.

    ``in_doubt``: the answer to an earlier attempt of this write was lost. Then a refusal is
    raised too: it does not prove that the write failed, because the exchange may refuse the
    second delivery for the reason that it executed the first.
    """
    status = incoming.status
    if status in (401, 408, 429) or status >= 500 or (in_doubt and status >= 300):
        raise api_error(incoming, incoming.body)
    return incoming


@cache
def _httpx_kind(kind: type[KalshiError]) -> type[KalshiError]:
    # One class per error class: ``except NotSent`` and ``except httpx.TransportError`` both catch it.
    members = {"__module__": kind.__module__, "__reduce__": _reduced}
    return cast(type[KalshiError], type(kind.__name__, (kind, httpx.TransportError), members))


def _reduced(error: KalshiError) -> tuple[object, ...]:
    # The class is made here and has no name to be pickled by: it is made again where it is needed.
    _, _, state = KalshiError.__reduce__(error)
    return _rebuilt, (type(error).__bases__[0], error.args), state


def _rebuilt(kind: type[KalshiError], arguments: tuple[object, ...]) -> KalshiError:
    twin = _httpx_kind(kind)  # type: ignore[arg-type]  # mypy: a class is no Hashable
    return twin.__new__(twin, *arguments)


def as_httpx(error: KalshiError, request: httpx.Request) -> KalshiError:
    """Return the same error as one that ``except httpx.TransportError`` catches too."""
    kind = _httpx_kind(type(error))  # type: ignore[arg-type]  # mypy: a class is no Hashable
    # Not kind(...): each class has an ``__init__`` of its own. The attributes are copied instead.
    twin = kind.__new__(kind, *error.args)
    twin.__dict__.update(error.__dict__, _request=request)
    return twin


def operation_of(
    method: str, path: str, base_path: str, generation: Generation = "current"
) -> Operation[object]:
    """Return the operation of a path; for a path not in the contract, one with the default cost."""
    relative = path.removeprefix(base_path)
    for operation in _BY_LITERALS[generation]:
        if operation.method == method and _fits(operation.path, relative):
            return operation
    is_read = method in ("GET", "HEAD", "OPTIONS")
    return Operation(
        f"{method} {relative}",
        method,
        relative,
        msgspec.Raw,
        Bucket.READ if is_read else Bucket.WRITE,
        Priority.BACKGROUND if is_read else Priority.RISK_ADDING,
        Idempotency.SAFE if is_read else Idempotency.ONCE,
        shard=1 if _RFQ.match(relative) else None,
    )


def _literals_first(operations: Sequence[Operation[object]]) -> list[Operation[object]]:
    # So that /orders/queue_positions is not taken for /orders/{order_id}.
    return sorted(operations, key=lambda operation: operation.path.count("{"))


_BY_LITERALS: Mapping[Generation, list[Operation[object]]] = {
    "current": _literals_first(OPERATIONS),
    "2025": _literals_first(OPERATIONS_2025),  # api2025
}

# These headers describe how the body was transferred; the body that is returned is whole.
_HOP_BY_HOP = frozenset({b"transfer-encoding", b"connection", b"keep-alive"})


def _fits(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        part == segment or (part.startswith("{") and segment != "")
        for part, segment in zip(wanted, given, strict=True)
    )


def _empty_body(method: str) -> bytes | None:
    # The exchange refuses a POST or PUT without a body.
    return b"{}" if method in ("POST", "PUT") else None


# The field that makes a second delivery harmless, by operation. A body without it is sent once:
# a create without client_order_id would place a second order.
_IDEMPOTENCY_KEYS = {
    "create_order": "client_order_id",
    "batch_create_orders": "client_order_id",
    "decrease_order": "reduce_to",
    "transfer_between_subaccounts": "client_transfer_id",
    "intra_exchange_transfer": "client_transfer_id",
}


def _with_idempotency_of(operation: Operation[object], body: bytes) -> Operation[object]:
    """Return the operation, with idempotency ONCE if the body lacks the key of ``_IDEMPOTENCY_KEYS``."""
    key = _IDEMPOTENCY_KEYS.get(operation.name)
    if key is None or operation.idempotency is Idempotency.ONCE:
        return operation
    try:
        asked = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        asked = {}  # unreadable here, so certainly without a key; the exchange will refuse it
    items = asked.get("orders") if operation.per_item else [asked]
    # All items of a batch: one item without a key makes the whole batch unsafe to send again.
    is_keyed = isinstance(items, list) and all(
        isinstance(item, dict) and isinstance(item.get(key), str) and item[key] for item in items
    )
    return operation if is_keyed else replace(operation, idempotency=Idempotency.ONCE)


def _items(operation: Operation[object], body: bytes) -> int:
    """Return the number of items of a batch: each costs tokens."""
    if not operation.per_item:
        return 1
    try:
        lists = msgspec.json.decode(body, type=dict[str, list[msgspec.Raw]])
        field = "orders"
        field = "order_ids" if "order_ids" in lists else field  # api2025
        return max(1, len(lists[field]))
    except (msgspec.MsgspecError, KeyError) as error:
        raise InvalidRequest(f"{operation.name} needs a body with a list of orders") from error


class _Placed(msgspec.Struct):
    order_group_id: str | None = None
    subaccount: int | None = None
    orders: list[_Placed] = []


def _about(query: str, body: bytes) -> About:
    """Return the groups and subaccounts in which a request places orders, for the risk gate."""
    try:
        placed = msgspec.json.decode(body, type=_Placed)
    except msgspec.MsgspecError:
        placed = _Placed()  # no orders that the exchange could read either
    orders = placed.orders or [placed]
    named = {order.subaccount or 0 for order in orders if order.subaccount is not None}
    if (in_query := named_subaccount(query)) is not None:
        named.add(in_query)
    if named and any(order.subaccount is None for order in placed.orders):
        named.add(0)
    groups = {order.order_group_id for order in (placed, *orders) if order.order_group_id}
    return About(subaccounts=tuple(sorted(named)), order_group_ids=tuple(sorted(groups)))


class _Entry(msgspec.Struct):
    error: ItemError | None = None


class _Entries(msgspec.Struct):
    orders: list[_Entry]


def _raise_refused_item(incoming: Incoming) -> None:
    """Raise the first refusal among the items of a batch whose earlier attempt is in doubt.

    Like a refusal of a single write, it does not prove that the item was not executed.
    """
    try:
        entries = msgspec.json.decode(plain_body(incoming), type=_Entries).orders
    except (msgspec.MsgspecError, KalshiError):
        return
    for entry in entries:
        if entry.error is not None:
            raise item_error(entry.error)


def _reply_of(error: KalshiError) -> Incoming | None:
    """Return the exchange's reply that an error was made from, or None without one."""
    cause = error.__cause__ if isinstance(error, OutcomeUnknown) else error
    is_refusal = isinstance(cause, ApiError) and cause.status < 500 and cause.status != 408
    if is_refusal and isinstance(error, OutcomeUnknown):
        return None  # while an earlier attempt is in doubt, a refusal proves nothing: stay OutcomeUnknown
    if isinstance(cause, ApiError):
        return Incoming(cause.status, cause.headers, cause.body)
    return None
