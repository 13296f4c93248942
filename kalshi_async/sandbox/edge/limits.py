"""What the exchange accepts of a client before it has checked a signature.

All numbers are this simulator's own: no document of the real exchange has any. They keep one
client from stopping an exchange that others use, and no ordinary client meets them.
"""

BODY_BYTES = 1_048_576
"""The largest body; a larger one is answered with 413. The largest batch takes some 30 KB."""

FRAMING_BYTES = 65_536
"""The largest head, or trailer of a chunked body (h11, httpx's parser, takes 64 KiB as well)."""

HEAD_S = 10
"""The time from the first byte of a head to its last one."""

BODY_S = 30
"""The time from the end of the head to the end of the body: 1 MiB at 35 KB/s."""

IDLE_S = 65
"""The time without a request. httpx drops idle connections after 5 s by default, load balancers
after about 60 s: the client closes first, so no request meets a connection that is just closing."""

UNREAD_S = 30
"""The time in which a client must read the replies that are written, once more than 64 KB of them
wait. Otherwise those who never read would take every connection there is."""

SLICE_BYTES = 1_024
"""What the parser is given at once. The shortest requests have some 10 bytes, so at most a hundred
of one connection are queued; an ordinary request is one slice."""

STOP_S = 0.5
"""The time for the rest of a request that has arrived in part when the exchange stops, and for a
client to read the rest of a reply."""

CONNECTIONS = 500
"""Open connections; a further one is answered with 503. Half of the usual 1,024 descriptors of a
process, because the clients of an embedded exchange need as many in the same process."""

ACCEPTED_AT_ONCE = 100
"""Connections accepted in one turn of the loop. asyncio opens them all before the first one can be
refused, and where descriptors are out it logs an error for each."""
