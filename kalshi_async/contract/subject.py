"""The request that an error is about, and text that is safe in a message and in a log.

An error names the request by values of the contract: operation, method, path, ticker, ids, price
and count. All of it, and every text of the exchange, goes through ``one_line`` before it is
shown. Knows no error, and no request of ours.
"""

from __future__ import annotations

from inspect import isawaitable
from typing import Protocol

import msgspec

LONGEST_REASON = 600
"""Characters of the reason in a message (ours); the error's attributes hold the whole of it."""

LONGEST_PART = 200
"""Characters of the exchange's code, text or details in a message, and bytes of a body (ours)."""

LONGEST_SHOWN = 200
"""Characters of a caller's value in a message (ours)."""

LONGEST_ADVICE = 300
"""Characters of the advice in a message (ours)."""

LONGEST_VALUE = 100
"""Characters of one value of a subject in a message (ours): longer than every id of the exchange."""

LONGEST_SUBJECT = 880
"""Characters of a subject in a message (ours)."""

LONGEST_LINE = 1_800
"""Characters of a whole message, at most (ours): one line of a log."""


def one_line(text: str, longest: int) -> str:
    """Return a text cut to ``longest`` characters, with an escape for each that is not printable.

    A line feed, a terminal's control sequence or a mark that turns the direction of writing could
    otherwise forge a line of a log. Letters of every script stay as they are.
    """
    kept = text if len(text) <= longest else f"{text[: longest - 3]}..."
    if not kept.isprintable():
        kept = "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in kept
        )
    # Once more, because an escape is longer than its character.
    return kept if len(kept) <= longest else f"{kept[: longest - 3]}..."


def reason_of(arguments: tuple[object, ...]) -> str:
    """Return the reason of an error, of the arguments of the exception, on one line."""
    return one_line(str(arguments[0]) if arguments else "", LONGEST_REASON)


def part_of(value: object) -> str:
    """Return a code, text or details of the exchange as a part of a reason."""
    return one_line(str(value), LONGEST_PART)


def shown(value: object) -> str:
    """Return any value as a text for an error message, cut to 200 characters."""
    try:
        text = repr(value)
    # A caller's class may have a repr that fails, and Python refuses integers beyond 4300 digits.
    except Exception as error:
        return f"a {type(value).__name__} that cannot be shown ({type(error).__name__})"
    text = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
    return f"{text}, which was not awaited: write 'await' before it" if isawaitable(value) else text


def shown_body(body: bytes) -> str:
    """Return the first 200 bytes of a body as a text, with the length of a longer one."""
    # repr, because a body is anything; it may be four times as long as its bytes.
    text = one_line(repr(body[:LONGEST_PART]), 2 * LONGEST_PART)
    return text if len(body) <= LONGEST_PART else f"{text}... ({len(body)} bytes)"


class Subject(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A request as an error names it. Values are texts as they were sent; None: it has no such field."""

    operation: str
    """The name of the operation, such as "create_order"."""
    method: str
    """The HTTP method."""
    path: str
    """The path from the host's root, without the query."""
    ticker: str | None = None
    """Ticker of the market."""
    order_id: str | None = None
    """The exchange's id of the order."""
    order_group_id: str | None = None
    """The exchange's id of the order group."""
    client_order_id: str | None = None
    """The caller's id of the order; of a batch, those of its first orders."""
    side: str | None = None
    """Side of the order; of the 2025 API, action and side."""
    count: str | None = None
    """Contracts of the order."""
    price: str | None = None
    """Price of the order."""
    reduce_by: str | None = None
    """Contracts to take off an order."""
    reduce_to: str | None = None
    """Contracts that shall rest."""
    contracts_limit: str | None = None
    """Limit of an order group, in contracts."""
    amount: str | None = None
    """Amount of a transfer, in the unit of its endpoint."""
    subaccount: str | None = None
    """Subaccount that the request names."""
    orders: int | None = None
    """Number of orders in a batch."""

    def __str__(self) -> str:
        named = [
            f"{name} {one_line(str(value), LONGEST_VALUE)}"
            for name in self.__struct_fields__[3:]
            if (value := getattr(self, name)) is not None
        ]
        request = f"{one_line(self.operation, LONGEST_VALUE)} {one_line(self.method, 20)} "
        return ", ".join([request + one_line(self.path, 2 * LONGEST_VALUE), *named])


def line_of(reason: str, advice: str | None, subject: Subject | None) -> str:
    """Return the whole text of an error: reason, advice and, in brackets, its subject."""
    told = f"; {one_line(advice, LONGEST_ADVICE)}" if advice else ""
    return reason + told + ("" if subject is None else f" [{one_line(str(subject), LONGEST_SUBJECT)}]")


class AnyRequest(Protocol):
    """A request that an error can be about; ``kalshi_async.wire.outgoing.Outgoing`` is one."""

    @property
    def name(self) -> str:
        """The name of the operation."""
        ...

    @property
    def subject(self) -> Subject:
        """The request, as an error names it."""
        ...

    @property
    def client_order_ids(self) -> tuple[str, ...]:
        """The keys of the orders that it places."""
        ...

    @property
    def ticker(self) -> str | None:
        """The market of those orders, if they share one."""
        ...

    @property
    def subaccount(self) -> int | None:
        """The subaccount of those orders, if they share one."""
        ...
