"""A proxy that leads connections by CONNECT: its address, its password, and the bytes of both sides. No I/O.

Only what a program names is used: ``Http1Transport(proxy=…)``, ``Session(proxy=…)``, ``stream(proxy=…)``.
``Session.from_env`` alone reads HTTPS_PROXY and NO_PROXY. This machine is never reached through a proxy.
The password is in no text of this module: neither in a repr nor in an error.
Source of CONNECT: RFC 9110 9.3.6; of the password: RFC 7617.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from kalshi_async.environment import DEFAULT_PORTS
from kalshi_async.errors import InvalidRequest

MOST_HEAD = 64 * 1024
"""The largest answer of a proxy to CONNECT, in bytes (ours)."""

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?: [^\r\n]*)?\r\n")
_HTTP = b"HTTP/1."
_HOST = re.compile(rb"[A-Za-z0-9._:%-]+")


class TunnelRefused(Exception):
    """The proxy has answered, and does not lead to the exchange."""


@dataclass(frozen=True, slots=True, repr=False)
class Proxy:
    """A proxy and the hosts that are reached without it. Its texts do not show the password."""

    host: str
    """Its name or address."""
    port: int
    """Its port."""
    authorization: bytes = b""
    """The value of ``Proxy-Authorization``; empty without a user."""
    direct: tuple[str, ...] = ()
    """Hosts that are reached without it, written as in NO_PROXY."""

    @classmethod
    def of(cls, proxy: str | Proxy | None, direct: tuple[str, ...] = ()) -> Proxy | None:
        """Return the proxy of a URL, ``http://user:password@host:port``; None for none, and for "".

        Raises InvalidRequest for anything else. The error does not show the URL, which may hold a password.
        """
        if proxy is None or isinstance(proxy, Proxy):
            return proxy
        if not isinstance(proxy, str):
            raise InvalidRequest(f"proxy must be a URL, was of type {type(proxy).__name__}")
        if not proxy:
            return None
        parts = _split(proxy)
        if parts is None or not parts.hostname or not _HOST.fullmatch(parts.hostname.encode()):
            raise InvalidRequest(f"proxy must be a URL with a host and a port{_HIDDEN}")
        if parts.scheme != "http":
            named = f"{parts.scheme}://" if parts.scheme in _KNOWN_SCHEMES else "another scheme"
            raise InvalidRequest(f"proxy must be an http:// URL, {named} is not supported{_HIDDEN}")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise InvalidRequest(f"proxy must be a URL with nothing after the port{_HIDDEN}")
        port = parts.port or DEFAULT_PORTS["http"]
        return cls(parts.hostname, port, _authorization(parts.username, parts.password), direct)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Proxy | None:
        """Return the proxy of HTTPS_PROXY without the hosts of NO_PROXY; of the lower-case names first.

        A proxy without a scheme is one of http. Other variables, such as ALL_PROXY, are not read.
        """
        url = environ.get("https_proxy") or environ.get("HTTPS_PROXY") or ""
        named = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        if url and "://" not in url:
            url = f"http://{url}"
        return cls.of(url, tuple(named.replace(",", " ").split()))

    def serves(self, host: str, port: int) -> bool:
        """Tell whether connections to a place go through the proxy."""
        return not _is_this_machine(host) and not any(_names(entry, host, port) for entry in self.direct)

    def request(self, host: str, port: int) -> bytes:
        """Return the bytes of the CONNECT to a place; raises UnicodeError for a name that is none."""
        name = host.encode("ascii" if host.isascii() else "idna")
        if not _HOST.fullmatch(name):
            raise UnicodeError("its name has characters that no name has")
        place = b"%b:%d" % (b"[%b]" % name if b":" in name else name, port)
        lines = [b"CONNECT %b HTTP/1.1" % place, b"Host: " + place, b"User-Agent: kalshi-async"]
        if self.authorization:
            lines.append(b"Proxy-Authorization: " + self.authorization)
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Proxy('http://{'***@' if self.authorization else ''}{self}')"


class TunnelReply:
    """The answer to CONNECT, as it arrives."""

    def __init__(self, has_password: bool) -> None:
        self._has_password = has_password
        self._arrived = b""

    def feed(self, arrived: bytes) -> bool:
        """Take bytes; return True once the tunnel is up.

        Raises TunnelRefused for an answer that refuses, OSError for what is no answer of a proxy.
        """
        self._arrived += arrived
        while True:
            if self._arrived[: len(_HTTP)] != _HTTP[: len(self._arrived)]:
                raise OSError("what answers there does not speak HTTP/1")
            head, end, rest = self._arrived.partition(b"\r\n\r\n")
            if not end:
                if len(self._arrived) > MOST_HEAD:
                    raise OSError(f"its answer to CONNECT is larger than {MOST_HEAD} bytes")
                return False
            found = _STATUS_LINE.match(head + end)
            if found is None:
                raise OSError("what answers there does not speak HTTP/1")
            status = int(found[1])
            if 100 <= status < 200 and status != HTTPStatus.SWITCHING_PROTOCOLS:
                self._arrived = rest  # an interim answer: the answer proper follows
                continue
            if not 200 <= status < 300:
                raise TunnelRefused(self._refusal(status))
            if rest:
                raise OSError("it sent bytes of its own into the tunnel")
            return True

    def _refusal(self, status: int) -> str:
        # The texts of the proxy are left out: they may repeat the request, and the password with it.
        try:
            words = f"{status} {HTTPStatus(status).phrase}"
        except ValueError:
            words = str(status)
        advice = ""
        if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            advice = "; it does not accept this user and password"
            if not self._has_password:
                advice = "; name its user: http://user:password@host:port"
        return f"it answered CONNECT with {words}{advice}"


_HIDDEN = " (its text is not shown, because it may hold a password)"
_KNOWN_SCHEMES = ("https", "socks4", "socks5", "socks5h", "ftp")


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL; None if it is none. The error is dropped here: it shows what was wrong."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return None
    return parts


def _authorization(user: str | None, password: str | None) -> bytes:
    if user is None:
        return b""
    # Percent-encoded in the URL, so that they may hold any character.
    return b"Basic " + b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password or ""))


def _is_this_machine(host: str) -> bool:
    name = host.lower().rstrip(".")
    try:
        address = ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified  # which leads here as well


def _names(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY names a place: a host and all below it, a network, or all with "*"."""
    if entry == "*":
        return True
    name = host.lower().rstrip(".")
    try:
        return ip_address(name) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:  # one of them is no address
        entry, _, only_port = entry.lower().partition(":")
    domain = entry.removeprefix("*").strip(".")
    is_below = name == domain or name.endswith(f".{domain}")
    return bool(domain) and is_below and only_port in ("", str(port))
