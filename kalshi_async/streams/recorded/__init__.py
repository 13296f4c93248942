"""A recording as an exchange: it answers the commands of a stream, and sends what was received.

Read ``_frames``, ``_subscriptions`` and ``_venue``, all pure, then ``carrier``, the transport of a
stream. It knows no socket, no file and no session; ``kalshi_async.streams.replay`` plays one.
"""

from kalshi_async.streams.recorded.carrier import Carrier

__all__ = ["Carrier"]
