"""Serve the exchange on a loopback socket: uvicorn in the caller's event loop.

Three habits of uvicorn as a main program are switched off: it installs no signal handlers,
logs no requests, and waits for an event to stop instead of polling for it. The limits of
``settings.py`` keep one client from stopping the exchange.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import TypeAlias, cast

import uvicorn
from starlette.types import ASGIApp

from kalshi_async.sandbox.edge.connection import LimitedConnection
from kalshi_async.sandbox.settings import ACCEPTED_AT_ONCE, IDLE_S

StreamFactory: TypeAlias = Callable[..., asyncio.Protocol]
"""Gets what uvicorn hands to a protocol: ``config``, ``server_state``, ``app_state``."""

# A handler never waits: a request that is still in flight after this has not arrived in full.
_GRACE_S = 1
# Connections that wait to be accepted.
_BACKLOG = 2_048


class Server:
    """Serves one ASGI application from ``start`` to ``stop``. Owns the socket and the task.

    ``stream`` makes the protocol of a connection that is upgraded to WebSockets; None refuses those.
    """

    def __init__(self, app: ASGIApp, host: str, port: int, stream: StreamFactory | None = None) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._stream = stream
        self._uvicorn: _EmbeddedUvicorn | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> tuple[str, int]:
        """Start; return host and port once connections are accepted.

        Raises OSError if the address cannot be bound.
        """
        listener = _listen(self._host, self._port)
        host, port = listener.getsockname()[:2]
        self._uvicorn = _EmbeddedUvicorn(self._app, self._stream)
        self._task = asyncio.create_task(self._uvicorn.serve([listener]), name="sandbox server")
        ready = asyncio.create_task(self._uvicorn.ready.wait())
        try:
            await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                self._task.result()
                raise OSError(f"the server on {host}:{port} ended before it was ready")
            listener.listen(_BACKLOG)
        except BaseException:
            # Failed or canceled while starting: ``stop`` will not be called, so clean up here.
            self._task.cancel()
            listener.close()
            raise
        finally:
            ready.cancel()
        return host, port

    async def stop(self) -> None:
        """Refuse new connections, finish requests in flight, and end. Idempotent."""
        server, task = self._uvicorn, self._task
        self._uvicorn = self._task = None
        if server is None or task is None:
            return
        server.stop_requested.set()
        try:
            await asyncio.shield(task)
        finally:
            # Still running only if this ``stop`` was canceled; otherwise this does nothing.
            task.cancel()


class _EmbeddedUvicorn(uvicorn.Server):
    # The overridden methods are public and have had these names since uvicorn 0.29.

    def __init__(self, app: ASGIApp, stream: StreamFactory | None) -> None:
        config = uvicorn.Config(
            app,
            interface="asgi3",
            http=LimitedConnection,
            # asyncio takes this number both for a queue and for the accepts in one turn; ``start``
            # sets the queue to its own number again.
            backlog=ACCEPTED_AT_ONCE,
            lifespan="off",
            # uvicorn's loggers stay as they are: the surrounding program may use uvicorn too.
            log_config=None,
            log_level=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=_GRACE_S,
            # Called as uvicorn would call a class.
            ws="none" if stream is None else cast(type[asyncio.Protocol], stream),
        )
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stop_requested = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.stop_requested.wait()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # IPPROTO_TCP must be given: asyncio disables Nagle's algorithm only for sockets made with it.
    # Otherwise a reply in two writes waits up to 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Listen now, so that a client can connect before uvicorn has started.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener
