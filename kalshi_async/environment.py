"""The address of an exchange, and the generation of its API."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from kalshi_async.errors import InvalidRequest

Generation = Literal["current", "2025"]
GENERATIONS: tuple[Generation, ...] = get_args(Generation)

DEFAULT_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}

_PATH = re.compile(r"[A-Za-z0-9._~/%-]*")


@dataclass(frozen=True, slots=True)
class Environment:
    """The address of an exchange.

    Any https host is accepted. Plain http is accepted for this machine alone, because anyone on
    the way could read the signature.
    """

    name: str
    """For people; it has no effect."""
    rest_url: str
    """The URL of the REST API, with its base path."""
    stream_url: str = ""
    """The URL for WebSockets; derived from ``rest_url`` where that is this machine."""
    generation: Generation = "current"
    """The generation of the exchange's API."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rest_url", _checked(self.rest_url, "rest_url", ("https", "http")))
        if not self.stream_url and self.generation == "current":
            object.__setattr__(self, "stream_url", _derived(self.rest_url))
        if self.stream_url:
            object.__setattr__(self, "stream_url", _checked(self.stream_url, "stream_url", ("wss", "ws")))
        if self.generation not in GENERATIONS:
            words = " or ".join(map(repr, GENERATIONS))
            raise InvalidRequest(f"generation must be {words}, was {self.generation!r}")

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port of ``rest_url``. Signed requests are sent to this origin alone."""
        parts = urlsplit(self.rest_url)
        return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def base_path(self) -> str:
        """The path of ``rest_url``, without a trailing slash; it is part of the signed path."""
        return urlsplit(self.rest_url).path


def _derived(rest_url: str) -> str:
    """Return the URL for WebSockets of an exchange on this machine; empty for any other host."""
    parts = urlsplit(rest_url)
    base, version, rest = parts.path.rpartition("/v2")
    if not _is_loopback(parts.hostname or "") or not version or rest:
        return ""
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{base}/ws/v2"


def checked_environment(environment: object) -> None:
    """Refuse a name, or anything else that is no ``Environment``."""
    if not isinstance(environment, Environment):
        raise InvalidRequest(
            f"environment must be an Environment, was {environment!r}: "
            "write DEMO or PRODUCTION, which kalshi_async exports"
        )


def _checked(url: str, name: str, schemes: tuple[str, str]) -> str:
    secure, plain = schemes
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidRequest(f"{name} {url!r} is not a URL: {error}") from error
    if parts.scheme not in schemes or not host:
        raise InvalidRequest(f"{name} must be a {secure}:// URL with a host, was {url!r}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidRequest(f"{name} must have no user, query or fragment")
    if not _PATH.fullmatch(parts.path):
        raise InvalidRequest(f"{name} must have a path that needs no percent-encoding, was {url!r}")
    if parts.scheme == plain and not _is_loopback(host):
        raise InvalidRequest(f"{name} must be {secure}:// unless the host is this machine, was {url!r}")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# docs api_environments, read 2026-11-22: the recommended hosts of both environments.
PRODUCTION = Environment(
    "production",
    "https://external-api.kalshi.com/trade-api/v2",
    "wss://external-api-ws.kalshi.com/trade-api/ws/v2",
)
"""The production exchange: orders trade real money."""

DEMO = Environment(
    "demo",
    "https://external-api.demo.kalshi.co/trade-api/v2",
    "wss://external-api-ws.demo.kalshi.co/trade-api/ws/v2",
)
"""The venue's test exchange: play money, and API keys of its own."""
