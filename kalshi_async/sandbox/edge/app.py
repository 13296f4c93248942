"""The exchange as an ASGI application: one request from its bytes to its reply.

    route -> authenticate (401) -> charge (429) -> query and body (400) -> handler -> render

The only await is the one that reads the body, up to a limit: beyond it the reply is 413, before
any other check. The rest of a request is one synchronous
step, so two requests never interleave in the engine. The handlers are in ``routes/``, the
table of refusals in ``rejections.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from kalshi_async.clock import Clock
from kalshi_async.sandbox.access.budget import Budget
from kalshi_async.sandbox.access.costs import Price
from kalshi_async.sandbox.access.signature_check import ApiKey, Authenticator
from kalshi_async.sandbox.edge.parsing import decode_json, is_json
from kalshi_async.sandbox.edge.profile import CURRENT, Profile
from kalshi_async.sandbox.edge.queries import WRITE_SHARD, read_query
from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.edge.routes import Route
from kalshi_async.sandbox.edge.routes.account import BASE_PATH
from kalshi_async.sandbox.edge.routes.route import Call, Reply
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.settings import BODY_BYTES


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request and the status of its reply, as passed to the ``observe`` callback of a sandbox."""

    method: str
    """The method, as sent."""
    path: str
    """The path without the query, as sent."""
    headers: Mapping[str, str]
    """The headers, signature included: keep them out of logs."""
    status: int
    """The HTTP status of the reply."""


Observer = Callable[[RequestRecord], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """The raw parts of one request."""

    method: str
    raw_path: bytes
    """The path as sent, without the query: these bytes were signed."""
    query_string: bytes
    headers: Mapping[str, str]
    path_values: Mapping[str, str]
    """The values of the placeholders in the path template, by name."""
    body: bytes


class Edge:
    """Answers HTTP requests from the engine."""

    def __init__(
        self,
        exchange: Exchange,
        authenticator: Authenticator,
        budget: Budget,
        clock: Clock,
        observe: Observer | None = None,
        profile: Profile = CURRENT,
    ) -> None:
        self._exchange = exchange
        self._authenticator = authenticator
        self._budget = budget
        self._clock = clock
        self._observe = observe
        self._profile = profile

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = [self._mount(route) for route in (*self._profile.routes, *self._profile.retired)]
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._no_such_route})
        # A redirect would lead to a path that the caller has not signed.
        app.router.redirect_slashes = False
        return app

    def answer(self, route: Route, arrival: Arrival) -> Response:
        """Answer one request. A refusal from any step becomes its reply here."""
        try:
            reply = self._reply(route, arrival)
        except Rejected as rejected:
            reply = self._refusal(rejected)
        return self._response(reply)

    def _reply(self, route: Route, arrival: Arrival) -> Reply:
        key = None if route.public else self._authenticate(arrival)
        # Read before the charge, because a batch pays per item and a shard has its own bucket.
        document, malformed = self._document(route, arrival)
        if key is not None:
            price = self._profile.price_of(route.method, route.path)
            shard = _shard(price, document, arrival)
            self._budget.charge(key.account, price, items=_items(document), shard=shard)
        if malformed is not None:
            raise malformed
        _check_scope(route, key)
        call = Call(
            exchange=self._exchange,
            signed_by=key,
            path=arrival.path_values,
            query=read_query(route.name, route.parameters, arrival.query_string),
            document=document,
            now_ms=self._clock.now_ms(),
        )
        # Market closes, expiries and transfers that fell due since the last request happen now.
        self._exchange.advance()
        return route.handler(call)

    def _authenticate(self, arrival: Arrival) -> ApiKey:
        return self._authenticator.authenticate(arrival.method, arrival.raw_path, arrival.headers)

    def _document(self, route: Route, arrival: Arrival) -> tuple[object, Rejected | None]:
        # The refusal of a malformed body is returned and not raised: the request is charged first.
        if not route.has_body or route.public:
            return None, None
        try:
            if route.method != "DELETE" and not (
                arrival.body and is_json(arrival.headers.get("content-type", ""))
            ):
                raise Rejected("invalid_content_type")
            return decode_json(arrival.body), None
        except Rejected as rejected:
            return None, rejected

    def _mount(self, route: Route) -> StarletteRoute:
        async def endpoint(request: Request) -> Response:
            try:
                response = self.answer(route, await _arrival(request))
            except ClientDisconnect:
                # In mid-body: half a request is none. The server discards this reply.
                return Response(status_code=HTTPStatus.BAD_REQUEST)
            except Rejected as too_large:
                response = self._response(self._refusal(too_large))
                if "expect" in request.headers:
                    # The client has not sent the body yet, and will not: the next request on this
                    # connection would be taken for it.
                    response.headers["connection"] = "close"
            self._report(request, response)
            return response

        return StarletteRoute(BASE_PATH + route.path, endpoint, methods=[route.method], name=route.name)

    async def _no_such_route(self, request: Request, error: Exception) -> Response:
        # Starlette raises 405 for a known path with another method. The exchange answers 404
        # (field report on GET /portfolio/events/orders/{order_id}).
        response = self._response(self._refusal(Rejected("not_found")))
        self._report(request, response)
        return response

    def _refusal(self, rejected: Rejected) -> Reply:
        return Reply(REJECTIONS[rejected.code].status, self._profile.error_body(rejected))

    def _response(self, reply: Reply) -> Response:
        # The exchange's time: a client measures its clock skew by this header.
        headers = {"date": formatdate(self._clock.now_ms() / 1_000, usegmt=True)}
        if reply.document is None:
            return Response(status_code=reply.status, headers=headers)
        body = msgspec.json.encode(reply.document)
        return Response(body, reply.status, headers, media_type="application/json")

    def _report(self, request: Request, response: Response) -> None:
        if self._observe is not None:
            path = _raw_path(request).decode("latin-1")
            headers = dict(request.headers)
            self._observe(RequestRecord(request.method, path, headers, response.status_code))


async def _arrival(request: Request) -> Arrival:
    return Arrival(
        method=request.method,
        raw_path=_raw_path(request),
        query_string=request.scope["query_string"],
        headers=request.headers,
        path_values=request.path_params,
        body=await _body(request),
    )


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > BODY_BYTES:
        raise Rejected("request_too_large")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            raise Rejected("request_too_large")
        parts.append(part)
    return b"".join(parts)


def _raw_path(request: Request) -> bytes:
    raw_path = request.scope.get("raw_path")
    return raw_path if isinstance(raw_path, bytes) else request.scope["path"].encode()


def _check_scope(route: Route, key: ApiKey | None) -> None:
    if route.unrestricted and key is not None and key.subaccount is not None:
        raise Rejected("restricted_key")


def _items(document: object) -> int:
    if not isinstance(document, dict):
        return 1
    items = document.get("orders")
    items = document.get("orders", document.get("order_ids"))  # api2025
    # An empty batch, or one that is not a list, is refused after the charge; it costs one item.
    return max(1, len(items)) if isinstance(items, list) else 1


def _shard(price: Price, document: object, arrival: Arrival) -> int:
    if not price.by_shard:
        return 0
    if isinstance(document, dict):
        shard = document.get("exchange_index")
        return shard if type(shard) is int else 0
    try:
        query = read_query("", (WRITE_SHARD,), arrival.query_string)
    except Rejected:
        return 0
    return query.integer("exchange_index") or 0
