"""Serve the backend on this machine: ``python -m examples.fastapi_backend [--environment demo]``.

Teaches: a question before the server trades on a live exchange, and a server that stops although
pages have open streams.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import uvicorn

from examples.fastapi_backend.app import make_app
from examples.flags import LIVE, arguments, port
from examples.venue import confirm, venue


class Server(uvicorn.Server):
    """uvicorn that ends the streams first: otherwise it waits for them before it ends the lifespan."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.desks.end_streams()  # type: ignore[union-attr]  # the app, not its import name
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listener in server.sockets:
                print("open http://{}:{}".format(*listener.getsockname()), flush=True)

    def stop(self) -> None:
        """Finish the requests in flight and stop, as after Ctrl-C."""
        self.should_exit = True


async def serve(server: Server, seconds: float | None) -> None:
    """Serve until a signal, or for so many seconds."""
    if seconds is not None:
        asyncio.get_running_loop().call_later(seconds, server.stop)
    await server.serve()


def main() -> None:
    parser = arguments(__doc__, "tickers", "seconds")
    parser.add_argument("--port", type=port, default=8000, help="on 127.0.0.1 (default: 8000; 0: any)")
    options = parser.parse_args()
    if options.environment in LIVE:
        confirm(options.environment)  # before the server, which handles Ctrl-C itself
    app = make_app(
        lambda base: venue(options.environment, base_transport=base, confirmed=True), options.ticker
    )
    # Loopback only. A login carries a private key: behind any other address, put a proxy with TLS.
    config = uvicorn.Config(app, host="127.0.0.1", port=options.port, log_level="warning")
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(Server(config), options.seconds))


if __name__ == "__main__":
    main()
