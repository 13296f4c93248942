"""The exchange as an ASGI application: one request from its bytes to its answer.

    route -> identify (401) -> charge (429) -> query and body (400) -> handler -> render

Reading the body is the only await; from there on a request is one synchronous step,
so that no two of them interleave. The handlers are in ``routes/``, the table of
refusals in ``rejections.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from kalshi_async.clock import Clock
from kalshi_async.sandbox.access.budget import Budget
from kalshi_async.sandbox.access.costs import Price
from kalshi_async.sandbox.access.signature_check import ApiKey, Gate
from kalshi_async.sandbox.edge.parsing import decode_json, is_json
from kalshi_async.sandbox.edge.profile import CURRENT, Profile
from kalshi_async.sandbox.edge.queries import WRITE_SHARD, read_query
from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.edge.routes import Route
from kalshi_async.sandbox.edge.routes.account import BASE_PATH
from kalshi_async.sandbox.edge.routes.route import Call, Reply
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.exchange import Exchange


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """What an observer is told of one request and the ``status`` of its answer.

    ``method`` and ``path`` are as sent; ``headers`` hold the signature: for tests.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    status: int


Observer = Callable[[RequestRecord], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """The raw parts of one request. ``raw_path`` is as sent, without the query."""

    method: str
    raw_path: bytes
    query_string: bytes
    headers: Mapping[str, str]
    path_values: Mapping[str, str]
    body: bytes


class Edge:
    """Everything between HTTP and the engine. Owns the gate and the budget."""

    def __init__(
        self,
        exchange: Exchange,
        gate: Gate,
        budget: Budget,
        clock: Clock,
        observe: Observer | None = None,
        profile: Profile = CURRENT,
    ) -> None:
        self._exchange = exchange
        self._gate = gate
        self._budget = budget
        self._clock = clock
        self._observe = observe
        self._profile = profile

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = [self._mount(route) for route in (*self._profile.routes, *self._profile.retired)]
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._no_such_route})
        # A redirect would answer a path that the caller never signed.
        app.router.redirect_slashes = False
        return app

    def answer(self, route: Route, arrival: Arrival) -> Response:
        """Answer one request; refusals of every layer end here."""
        try:
            reply = self._reply(route, arrival)
        except Rejected as rejected:
            reply = self._refusal(rejected)
        return self._response(reply)

    def _reply(self, route: Route, arrival: Arrival) -> Reply:
        key = None if route.public else self._gate.identify(arrival.method, arrival.raw_path, arrival.headers)
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
        self._exchange.advance()
        return route.handler(call)

    def _document(self, route: Route, arrival: Arrival) -> tuple[object, Rejected | None]:
        # A malformed body is only reported once it has been charged.
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
            response = self.answer(route, await _arrival(request))
            self._tell(request, response)
            return response

        return StarletteRoute(BASE_PATH + route.path, endpoint, methods=[route.method], name=route.name)

    async def _no_such_route(self, request: Request, error: Exception) -> Response:
        # A known path with another method is a 404 as well (field report on GET
        # /portfolio/events/orders/{order_id}).
        response = self._response(self._refusal(Rejected("not_found")))
        self._tell(request, response)
        return response

    def _refusal(self, rejected: Rejected) -> Reply:
        return Reply(REJECTIONS[rejected.code].status, self._profile.error_body(rejected))

    def _response(self, reply: Reply) -> Response:
        # The clock of the exchange, by which a client corrects its own.
        headers = {"date": formatdate(self._clock.now_ms() / 1_000, usegmt=True)}
        if reply.document is None:
            return Response(status_code=reply.status, headers=headers)
        body = msgspec.json.encode(reply.document)
        return Response(body, reply.status, headers, media_type="application/json")

    def _tell(self, request: Request, response: Response) -> None:
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
        body=await request.body(),
    )


def _raw_path(request: Request) -> bytes:
    raw_path = request.scope.get("raw_path")
    return raw_path if isinstance(raw_path, bytes) else request.scope["path"].encode()


def _check_scope(route: Route, key: ApiKey | None) -> None:
    if route.unrestricted and key is not None and key.subaccount is not None:
        raise Rejected("restricted_key")


def _items(document: object) -> int:
    if not isinstance(document, dict):
        return 1
    items = document.get("orders", document.get("order_ids"))  # order_ids: batch cancel of 2025
    # An empty or shapeless batch is refused later, and costs as much as one item.
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
