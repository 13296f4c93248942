"""Decode a reply: one fast pass into structs, and a careful pass only if that fails.

    decode(operation, Incoming) -> reply    or exactly one KalshiError

The careful pass (``_tolerant``) checks every field and every row on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kalshi_async import errors
from kalshi_async.contract.operation import Empty, Operation
from kalshi_async.contract.subject import AnyRequest
from kalshi_async.wire import _tolerant
from kalshi_async.wire.incoming import Incoming, plain_body, unexpected
from kalshi_async.wire.refusals import api_error, refuse_error_body

Reply = TypeVar("Reply")
# Ours. A longer body that decodes as a reply is a page of rows: it is not searched for an error.
LONGEST_ERROR = 64 * 1024


def decode(operation: Operation[Reply], incoming: Incoming, request: AnyRequest | None = None) -> Reply:
    """Return a reply as its struct, or raise the one error that describes it, and names the ``request``."""
    try:
        is_refused = not 200 <= incoming.status < 300
        body = _plain(incoming, is_refused) if _is_encoded(incoming) else incoming.body
        if is_refused and not _is_reply_anyway(operation, incoming.status, body):
            raise api_error(incoming, body)
        if operation.reply is Empty:
            return _decode_empty(operation, incoming, body)
        try:
            reply = operation.decoder.decode(body)
        except _tolerant.Malformed:
            # The careful pass says what is wrong, and keeps what is right.
            _refuse_error(incoming, body)
            return _tolerant.decode(operation, incoming.status, body)
        # An error body can decode as a reply whose fields are all optional.
        if len(body) < LONGEST_ERROR:
            _refuse_error(incoming, body)
        return reply
    except errors.KalshiError as error:
        if request is None:
            raise
        raise error.about(request) from error.__cause__


def decode_checked(
    flaw: Callable[[Reply], str | None],
    operation: Operation[Reply],
    incoming: Incoming,
    request: AnyRequest,
) -> Reply:
    """Decode a reply that must pass a check; UnexpectedReply with its bytes if ``flaw`` finds fault with it.

    flaw: says what is wrong with a reply, or None.
    """
    reply = decode(operation, incoming, request)
    fault = flaw(reply)
    if fault is None:
        return reply
    raise unexpected(fault, incoming).about(request)


def _plain(incoming: Incoming, is_refused: bool) -> bytes:
    try:
        return plain_body(incoming)
    except errors.UnexpectedReply:
        if is_refused:  # the body cannot be inflated, but the status alone decides
            raise api_error(incoming, incoming.body) from None
        raise


def _is_encoded(incoming: Incoming) -> bool:
    return b"content-encoding" in [name.lower() for name, _ in incoming.headers]


def _refuse_error(incoming: Incoming, body: bytes) -> None:
    # A look at the bytes first: hardly any reply of success holds one of these words.
    if b'"error"' in body or b'"code"' in body or b'"msg"' in body:
        refuse_error_body(incoming, body)


def _decode_empty(operation: Operation[Reply], incoming: Incoming, body: bytes) -> Reply:
    text = body.strip()
    if text:
        _refuse_error(incoming, body)
        try:
            return operation.decoder.decode(text)
        except _tolerant.Malformed as error:
            if text != b"null":  # null is an empty body in JSON
                raise unexpected("neither empty nor a JSON object", incoming) from error
    return operation.reply()


def _is_reply_anyway(operation: Operation[Reply], status: int, body: bytes) -> bool:
    """Whether an error status carries a normal reply: /exchange/status does on 500, 503 and 504."""
    if status not in operation.reply_statuses:
        return False
    try:
        operation.decoder.decode(body)
    except _tolerant.Malformed:
        return False
    return True
