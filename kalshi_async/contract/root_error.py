"""The root of the tree of errors, and the error of a value that breaks a rule.

``kalshi_async.errors`` is their public place, and has the rest of the tree and its explanation. They
stand here, below it, because a row may refuse a value too (``Market.grid``), and this folder imports
nothing that stands above it. Knows no request and no transport.
"""

from __future__ import annotations

from typing import Self

from kalshi_async.contract.subject import AnyRequest, Subject, line_of, reason_of


class KalshiError(Exception):
    """Base of every error of this package.

    ``sent`` has one meaning in all of them. It tells whether bytes of the request have left this
    machine, in the attempt that the error is about or in an earlier one that may have had an effect:

    * False: none have. The exchange has not acted on the request and will not.
    * True: some have. Whether the exchange acted on the request, the class of the error tells.
    * None: the transport does not tell.

    A 429, or a refused timestamp, had no effect: it does not count once another attempt follows.
    Of a method that makes several requests, ``sent`` is about the one that ``operation`` names.
    """

    # Where tracebacks, pickles and the documentation name it.
    __module__ = "kalshi_async.errors"

    def __init__(self, message: str, *, sent: bool | None = None) -> None:
        super().__init__(message)
        self.sent = sent
        """Whether bytes of the request have left; None: not known. See the class."""
        self.operation: str | None = None
        """The name of the operation, such as "create_order"."""
        self.subject: Subject | None = None
        """The request that the error is about; None if there was none yet."""
        self.advice: str | None = None
        """What to do next, or None."""
        self.cursor: str | None = None
        """Of an error of a list: the page to resume from, see ``Paginator.resume``."""
        self.collected: tuple[object, ...] = ()
        """Of an error of ``Paginator.collect``: the rows of the pages before ``cursor``, in order."""

    def replace(self, *, message: str | None = None, **changes: object) -> Self:
        """Return a copy with another message or other attributes; an error is never changed."""
        twin = type(self).__new__(type(self), *(self.args if message is None else (message,)))
        twin.__dict__.update(self.__dict__, **changes)
        if notes := getattr(self, "__notes__", None):
            twin.__dict__["__notes__"] = list(notes)
        twin.__cause__, twin.__context__ = self.__cause__, self.__context__
        twin.__suppress_context__ = self.__suppress_context__  # setting __cause__ has set it
        return twin.with_traceback(self.__traceback__)

    def about(self, request: AnyRequest) -> Self:
        """Return the same error, naming the request; an error that names one already stays as it is."""
        known = self.subject is not None
        return self if known else self.replace(operation=request.name, subject=request.subject)

    def with_advice(self, advice: str) -> Self:
        """Return the same error whose text says what to do about it; it replaces earlier advice."""
        return self.replace(advice=advice)

    @property
    def reason(self) -> str:
        """The text without advice and subject, on one line."""
        return reason_of(self.args)

    def __str__(self) -> str:
        return line_of(self.reason, self.advice, self.subject)

    def __reduce__(self) -> tuple[object, ...]:
        # Exception.__reduce__ would call __init__ with the text alone, and most errors need more.
        state = dict(self.__dict__)
        if isinstance(self.__cause__, KalshiError):  # another cause need not be picklable
            state["__cause__"] = self.__cause__
        return _unpickled, (type(self), self.args), state


class InvalidRequest(KalshiError, ValueError):
    """The request breaks a rule that is checked before sending; nothing was sent."""

    # Where tracebacks, pickles and the documentation name it.
    __module__ = "kalshi_async.errors"

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


def _unpickled(kind: type[KalshiError], arguments: tuple[object, ...]) -> KalshiError:
    return kind.__new__(kind, *arguments)
