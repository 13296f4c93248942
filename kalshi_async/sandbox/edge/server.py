"""The exchange on a loopback socket: uvicorn inside the caller's own event loop.

uvicorn is a guest here. It takes over no signal, logs no requests, and does not poll
for the order to stop: it sleeps until it is told. Idle connections are kept longer
than any client keeps them, so that it is the client who hangs up first.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

# httpx drops idle connections after 5 s by default; load balancers after about 60 s.
_KEEP_ALIVE_S = 65
# Handlers never wait, so only a half-sent request can still be in flight after this.
_GRACE_S = 1


class Server:
    """Serves one ASGI application from ``start`` to ``stop``. Owns socket and task."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._guest: _Guest | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> tuple[str, int]:
        """Start and return (host, port) once connections are accepted. Raises OSError."""
        listener = _listen(self._host, self._port)
        host, port = listener.getsockname()[:2]
        self._guest = _Guest(self._app)
        self._task = asyncio.create_task(self._guest.serve([listener]), name="sandbox server")
        ready = asyncio.create_task(self._guest.ready.wait())
        try:
            await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                self._task.result()
                raise OSError(f"the server on {host}:{port} ended before it was ready")
        except BaseException:
            # Failed or canceled while starting: nobody else will stop what runs.
            self._task.cancel()
            listener.close()
            raise
        finally:
            ready.cancel()
        return host, port

    async def stop(self) -> None:
        """Refuse new connections, finish requests in flight, and end. Idempotent."""
        guest, task = self._guest, self._task
        self._guest = self._task = None
        if guest is None or task is None:
            return
        guest.asked_to_stop.set()
        try:
            await asyncio.shield(task)
        finally:
            # Only a canceled stop finds it still running.
            task.cancel()


class _Guest(uvicorn.Server):
    # uvicorn with its three habits of a main program replaced; the overridden methods
    # are public and have had these names since uvicorn 0.29.

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="off",
            log_config=None,  # nor a level: uvicorn's loggers belong to the program, which may serve with it
            log_level=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
            ws="none",
        )
        super().__init__(config)
        self.ready = asyncio.Event()
        self.asked_to_stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.asked_to_stop.wait()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio turns Nagle off for sockets that say TCP only: a
    # reply in two writes would otherwise wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Listening already: a client may connect before uvicorn has taken the socket over.
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener
