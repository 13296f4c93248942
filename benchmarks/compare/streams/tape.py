"""The exchange of the benchmark: it plays frames to whoever subscribes, as the name of the market tells.

    python -m compare.streams.tape        (with benchmarks/ on the path)

It runs in a process of its own, prints its address as one JSON line, and serves until its standard
input closes. ``BURST-n``: a snapshot, then n changes of one level back to back, in writes of 256 KiB.
``PACED-n``: the same, one every 0.7 ms. ``CUT-n``: a snapshot and one change, then the socket is closed
without a close frame; after n of these it stays open. ``HELD-i``: one ticker. The ``market_id`` of a
change is the monotonic clock of this machine at its write, in nanoseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

SETTLED_S = 0.3
"""Seconds between a subscription and the first frame: what subscribing costs is not counted."""
PAUSE_S = 0.0007
WRITE = 256 * 1024
STAMP = b"0" * 36
_TIME = 1_795_348_800_000


class Tape(asyncio.Protocol):
    """The connection of one client."""

    cuts: dict[str, int] = {}  # noqa: RUF012 - of the whole process: a client comes back on another connection

    def __init__(self) -> None:
        self._protocol = ServerProtocol()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sids = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        for task in self._tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._obey(json.loads(bytes(event.data)))
        for piece in self._protocol.data_to_send():
            if piece:
                self._transport.write(piece)

    def _obey(self, command: dict[str, object]) -> None:
        params = command.get("params") or {}
        assert isinstance(params, dict)
        markets = params.get("market_tickers") or [params.get("market_ticker", "")]
        answer: dict[str, object] = {"id": command["id"], "type": "ok", "msg": {}}
        if command["cmd"] == "subscribe":
            self._sids += 1
            answer |= {"type": "subscribed", "msg": {"channel": params["channels"][0], "sid": self._sids}}
        elif command["cmd"] == "update_subscription":
            answer["sid"] = self._sids
        else:
            answer["msg"] = []
        self._transport.write(framed(json.dumps(answer).encode() + b"\n"))
        if command["cmd"] in ("subscribe", "update_subscription"):
            task = asyncio.create_task(self._play(self._sids, markets))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _play(self, sid: int, markets: list[str]) -> None:
        kind, _, number = markets[0].partition("-")
        await asyncio.sleep(0.0 if kind == "CUT" else SETTLED_S)
        if kind == "HELD":
            self._transport.write(b"".join(framed(ticker(sid, market)) for market in markets))
            return
        self._transport.write(framed(snapshot(sid, markets[0])))
        if kind == "BURST":
            raw = b"".join(framed(delta(sid, seq + 2, markets[0])) for seq in range(int(number)))
            await asyncio.sleep(SETTLED_S)
            for begin in range(0, len(raw), WRITE):
                self._transport.write(raw[begin : begin + WRITE])
        elif kind == "PACED":
            await self._pace(sid, markets[0], int(number))
        elif kind == "CUT":
            self._transport.write(framed(stamped(delta(sid, 2, markets[0]))))
            self.cuts[markets[0]] = self.cuts.get(markets[0], 0) + 1
            if self.cuts[markets[0]] <= int(number.partition("-")[0]):
                self._transport.close()

    async def _pace(self, sid: int, market: str, count: int) -> None:
        frames = [delta(sid, seq + 2, market) for seq in range(count)]
        loop = asyncio.get_running_loop()
        due_s = loop.time() + SETTLED_S
        for frame in frames:
            due_s += PAUSE_S
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            self._transport.write(framed(stamped(frame)))


def framed(text: bytes) -> bytes:
    """Return a text as a frame of a server: without a mask."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def stamped(frame: bytes) -> bytes:
    return frame.replace(STAMP, b"%036d" % time.monotonic_ns(), 1)


def delta(sid: int, seq: int, market: str) -> bytes:
    """Return a change as the exchange writes it; some 300 bytes."""
    return (
        b'{"type":"orderbook_delta","sid":%d,"seq":%d,"msg":{"market_ticker":"%b","market_id":"%b",'
        b'"price_dollars":"0.%04d","delta_fp":"%d.00","side":"%b","ts":"2026-11-22T12:00:00.123456Z",'
        b'"ts_ms":%d,"clock":%d},"sending_ts_ms":%d}\n'
    ) % (
        *(sid, seq, market.encode(), STAMP, 1000 + seq % 8000, seq % 50 + 1),
        *(b"yes" if seq % 2 else b"no", _TIME + seq, seq, _TIME + seq),
    )


def snapshot(sid: int, market: str) -> bytes:
    return (
        b'{"type":"orderbook_snapshot","sid":%d,"seq":1,"msg":{"market_ticker":"%b","market_id":"%b",'
        b'"yes_dollars_fp":[["0.4000","10.00"]],"no_dollars_fp":[["0.5000","10.00"]],"clock":1},'
        b'"sending_ts_ms":%d}\n'
    ) % (sid, market.encode(), STAMP, _TIME)


def ticker(sid: int, market: str) -> bytes:
    return (
        b'{"type":"ticker","sid":%d,"msg":{"market_ticker":"%b","market_id":"%b","price_dollars":"0.4800",'
        b'"yes_bid_dollars":"0.4700","yes_ask_dollars":"0.4900","yes_bid_size_fp":"300.00",'
        b'"yes_ask_size_fp":"200.00","last_trade_size_fp":"10.00","volume_fp":"33896.00",'
        b'"open_interest_fp":"20422.00","dollar_volume":16948,"dollar_open_interest":10211,'
        b'"ts":1795348800,"ts_ms":%d,"time":"2026-11-22T12:00:00.123456Z"},"sending_ts_ms":%d}\n'
    ) % (sid, market.encode(), STAMP, _TIME, _TIME)


async def serve() -> None:
    """Listen, print the address, and serve until the standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Tape, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps(f"ws://127.0.0.1:{port}/trade-api/ws/v2"), flush=True)
    closed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), closed.set)
    await closed.wait()


if __name__ == "__main__":
    asyncio.run(serve())
