"""session.transport: the pipeline as an httpx transport, for paths without a method here.

``httpx.AsyncClient(transport=session.transport, base_url=…)`` reaches any path of the
exchange through the same signer, budget and retries. Known paths are charged and
repeated as their Operation says; of others a GET is safe to repeat and anything
else is sent once. A request to another origin is refused, unsigned. Replies come
back as received, whatever their status; failures are both KalshiError and
httpx.TransportError. Closing the client does not close the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import cast
from urllib.parse import urlsplit

import httpx
import msgspec

from kalshi_async.calls.call import Call, CallOptions
from kalshi_async.calls.pipeline import Pipeline
from kalshi_async.contract import OPERATIONS
from kalshi_async.contract.api2025.operations import OPERATIONS_2025  # api2025
from kalshi_async.contract.operation import Bucket, Idempotency, Operation, Priority
from kalshi_async.contract.orders import ItemError
from kalshi_async.environment import DEFAULT_PORTS, Environment, Generation
from kalshi_async.errors import ApiError, InvalidRequest, KalshiError, OutcomeUnknown
from kalshi_async.wire.incoming import Incoming, plain_body
from kalshi_async.wire.outgoing import Outgoing
from kalshi_async.wire.refusals import api_error, item_error


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
        operation = _as_asked(known, body)
        content = body or _empty_body(request.method)
        outgoing = Outgoing(
            operation,
            path,
            query,
            content,
            _items(operation, body),
            operation.priority,
            order_group_ids=_groups(body),
        )

        def read(incoming: Incoming) -> Incoming:
            in_doubt = call.doubt is not None
            if in_doubt and operation.per_item:
                _refuse_refused_items(incoming)
            return pass_through(incoming, in_doubt=in_doubt)

        pipeline = self._pipeline
        permit = pipeline.gate.permit(outgoing)
        call: Call[Incoming] = Call(outgoing, read, self._options, permit, pipeline.run)
        try:
            return await call
        except KalshiError as error:
            answered = _answer(error)
            if answered is None:
                raise
            return answered

    def _refuse_other_origin(self, request: httpx.Request) -> None:
        url = request.url
        port = url.port or DEFAULT_PORTS.get(url.scheme)
        if (url.scheme, url.host, port) != self._environment.origin:
            wanted = urlsplit(self._environment.rest_url)
            raise InvalidRequest(
                f"refused, unsigned: {url.scheme}://{url.netloc.decode('ascii')} is not "
                f"{wanted.scheme}://{wanted.netloc}, the origin of this session"
            )


def pass_through(incoming: Incoming, *, in_doubt: bool) -> Incoming:
    """Return a reply as it came; raise for those alone that the pipeline must judge.

    While an earlier attempt of a write is in doubt, no refusal is an answer: the first
    delivery may be what the second is refused for.
    """
    status = incoming.status
    if status == 429 or status >= 500 or status == 401 or (in_doubt and status >= 300):
        raise api_error(incoming, incoming.body)
    return incoming


@cache
def _httpx_kind(kind: type[KalshiError]) -> type[KalshiError]:
    twin = type(kind.__name__, (kind, httpx.TransportError), {"__module__": kind.__module__})
    return cast(type[KalshiError], twin)


def as_httpx(error: KalshiError, request: httpx.Request) -> KalshiError:
    """Return the same error as something that ``except httpx.TransportError`` catches too."""
    kind = _httpx_kind(type(error))  # type: ignore[arg-type]  # mypy: a class is no Hashable
    twin = kind.__new__(kind, *error.args)
    twin.__dict__.update(error.__dict__, _request=request)
    return twin


def operation_of(
    method: str, path: str, base_path: str, generation: Generation = "current"
) -> Operation[object]:
    """Return the Operation of a path, or one of the dear default for a path not known here."""
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
    )


def _literals_first(operations: Sequence[Operation[object]]) -> list[Operation[object]]:
    # /orders/queue_positions is not /orders/{order_id}.
    return sorted(operations, key=lambda operation: operation.path.count("{"))


_BY_LITERALS: Mapping[Generation, list[Operation[object]]] = {
    "current": _literals_first(OPERATIONS),
    "2025": _literals_first(OPERATIONS_2025),  # api2025
}

# Framing of the first hop; the body here is whole.
_HOP_BY_HOP = frozenset({b"transfer-encoding", b"connection", b"keep-alive"})


def _fits(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        part == segment or (part.startswith("{") and segment != "")
        for part, segment in zip(wanted, given, strict=True)
    )


def _empty_body(method: str) -> bytes | None:
    return b"{}" if method in ("POST", "PUT") else None


# What a body must hold for a second delivery to be harmless; without it, it is sent once.
_KEYS = {
    "create_order": "client_order_id",
    "batch_create_orders": "client_order_id",
    "decrease_order": "reduce_to",
    "transfer_between_subaccounts": "client_transfer_id",
    "intra_exchange_transfer": "client_transfer_id",
}


def _as_asked(operation: Operation[object], body: bytes) -> Operation[object]:
    """Return the operation with the idempotency that this body gives it."""
    key = _KEYS.get(operation.name)
    if key is None or operation.idempotency is Idempotency.ONCE:
        return operation
    try:
        asked = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        asked = {}
    items = asked.get("orders") if operation.per_item else [asked]
    is_keyed = isinstance(items, list) and all(
        isinstance(item, dict) and isinstance(item.get(key), str) and item[key] for item in items
    )
    return operation if is_keyed else replace(operation, idempotency=Idempotency.ONCE)


def _items(operation: Operation[object], body: bytes) -> int:
    """Count the items of a batch, because each of them costs."""
    if not operation.per_item:
        return 1
    try:
        lists = msgspec.json.decode(body, type=dict[str, list[msgspec.Raw]])
        # A batch of cancels of 2025 names ids; all others name orders.
        return max(1, len(lists["order_ids" if "order_ids" in lists else "orders"]))
    except (msgspec.MsgspecError, KeyError) as error:
        raise InvalidRequest(f"{operation.name} needs a body with a list of orders") from error


class _Placed(msgspec.Struct):
    order_group_id: str | None = None
    orders: list[_Placed] = []


def _groups(body: bytes) -> tuple[str, ...]:
    """Return the groups in which a body places orders: a kill switch of one stops its resend."""
    try:
        placed = msgspec.json.decode(body, type=_Placed)
    except msgspec.MsgspecError:
        return ()
    return tuple(sorted({each.order_group_id for each in (placed, *placed.orders) if each.order_group_id}))


class _Entry(msgspec.Struct):
    error: ItemError | None = None


class _Entries(msgspec.Struct):
    orders: list[_Entry]


def _refuse_refused_items(incoming: Incoming) -> None:
    """Raise the first refusal in the reply to a batch that was delivered before, maybe."""
    try:
        entries = msgspec.json.decode(plain_body(incoming), type=_Entries).orders
    except (msgspec.MsgspecError, KalshiError):
        return
    for entry in entries:
        if entry.error is not None:
            raise item_error(entry.error)


def _answer(error: KalshiError) -> Incoming | None:
    """Return what the exchange answered, if it did answer."""
    cause = error.__cause__ if isinstance(error, OutcomeUnknown) else error
    is_refusal = isinstance(cause, ApiError) and cause.status < 500
    if is_refusal and isinstance(error, OutcomeUnknown):
        return None  # a refusal is no answer while an earlier delivery is in doubt
    if isinstance(cause, ApiError):
        return Incoming(cause.status, cause.headers, cause.body)
    return None
