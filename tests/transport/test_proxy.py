"""What a proxy is, which places it serves, and what it says: without I/O."""

from __future__ import annotations

import base64
import contextlib
import itertools

import pytest
from hypothesis import given, strategies as st

from kalshi_async import DEMO, InvalidRequest, Session
from kalshi_async.http1 import Http1Transport
from kalshi_async.transport.proxy import Proxy, TunnelRefused, TunnelReply
from tests.session.test_secrets import said_by
from tests.stages.raw_server import Anybody


def proxy_of(url: str, *direct: str) -> Proxy:
    proxy = Proxy.of(url, direct)
    assert proxy is not None
    return proxy


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://proxy.example:3128", "proxy.example:3128"),
        ("http://proxy.example/", "proxy.example:80"),
        ("http://[::1]:8080", "::1:8080"),
        ("http://u:p@10.0.0.1:1", "10.0.0.1:1"),
    ],
)
def test_a_url_names_the_place_of_a_proxy(url: str, place: str) -> None:
    assert str(proxy_of(url)) == place


def test_user_and_password_may_hold_any_character() -> None:
    proxy = proxy_of("http://a%40b:p%3A%2F%C3%BC@proxy.example:1")
    assert proxy.authorization == b"Basic " + base64.b64encode("a@b:p:/ü".encode())
    assert proxy_of("http://user@proxy.example:1").authorization == b"Basic " + base64.b64encode(b"user:")
    assert proxy_of("http://proxy.example:1").authorization == b""


SECRET = "hunter2"
WRONG = [
    "https://u:hunter2@proxy.example:1",
    "socks5://u:hunter2@proxy.example:1",
    "hunter2://proxy.example:1",
    "u:hunter2@proxy.example",
    "http://u:hunter2",
    "http://u:hunter2@",
    "http://u:hunter2@proxy.example:99999",
    "http://u:pw/hunter2@proxy.example:1",
    "http://u:1/hunter2@proxy.example:1",
    "http://u:1#hunter2@proxy.example:1",
    "http://proxy.example:1?hunter2",
    "http://proxy.example:1/hunter2",
    "http://hun\u00e4ter2.example:1",
    "http://[hunter2",
]


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_proxy_is_refused_without_showing_it(url: str) -> None:
    for make in (
        lambda: Proxy.of(url),
        lambda: Http1Transport(proxy=url),
        lambda: Session(DEMO, Anybody(), proxy=url),
        lambda: Session(DEMO, Anybody()).stream(proxy=url),
    ):
        with pytest.raises(InvalidRequest, match="proxy must be a") as caught:
            make()
        assert [said for said in said_by(caught.value) if SECRET in said.split("File ")[0]] == []
        assert SECRET not in f"{caught.value} {caught.value.__context__!r}"


def test_only_http_is_spoken_with_a_proxy() -> None:
    with pytest.raises(InvalidRequest, match="must be an http:// URL, https:// is not supported"):
        Proxy.of("https://proxy.example:1")
    with pytest.raises(InvalidRequest, match="must be a URL, was of type int"):
        Proxy.of(3128)  # type: ignore[arg-type]  # on purpose


def test_no_text_of_a_proxy_shows_its_password() -> None:
    proxy = proxy_of("http://u:hunter2@proxy.example:1")
    assert repr(proxy) == "Proxy('http://***@proxy.example:1')"
    assert repr(proxy_of("http://proxy.example:1")) == "Proxy('http://proxy.example:1')"
    assert SECRET not in f"{proxy} {[proxy]!r} {Http1Transport(proxy=proxy)!r}"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
    ],
)
def test_this_machine_is_never_served(host: str) -> None:
    assert not proxy_of("http://proxy.example:1").serves(host, 443)


@pytest.mark.parametrize(
    ("entry", "host", "is_served"),
    [
        ("*", "api.kalshi.com", False),
        ("kalshi.com", "api.kalshi.com", False),
        ("kalshi.com", "kalshi.com", False),
        ("kalshi.com", "KALSHI.COM.", False),
        (".kalshi.com", "api.kalshi.com", False),
        ("*.kalshi.com", "api.kalshi.com", False),
        ("kalshi.com", "notkalshi.com", True),
        ("kalshi.com:443", "api.kalshi.com", False),
        ("kalshi.com:8443", "api.kalshi.com", True),
        ("10.0.0.0/8", "10.1.2.3", False),
        ("10.0.0.0/8", "11.1.2.3", True),
        ("10.1.2.3", "10.1.2.3", False),
        ("[fd00::1]", "fd00::1", False),
        ("fd00::/8", "10.1.2.3", True),
        ("10.0.0.0/8", "api.kalshi.com", True),
        (".", "api.kalshi.com", True),
    ],
)
def test_no_proxy_names_hosts_domains_and_networks(entry: str, host: str, is_served: bool) -> None:
    assert proxy_of("http://proxy.example:1", "other.example", entry).serves(host, 443) is is_served


def test_the_environment_is_read_where_it_is_asked_for() -> None:
    environ = {"HTTPS_PROXY": "http://a.example:1", "NO_PROXY": "x.example, y.example"}
    assert repr(Proxy.from_env(environ)) == "Proxy('http://a.example:1')"
    lower = Proxy.from_env({**environ, "https_proxy": "u:p@b.example:2", "no_proxy": "*"})
    assert lower is not None
    assert (lower.host, lower.port, lower.direct) == ("b.example", 2, ("*",))
    found = Proxy.from_env(environ)
    assert found is not None
    assert found.direct == ("x.example", "y.example")
    assert Proxy.from_env({"HTTPS_PROXY": "", "HTTP_PROXY": "http://a.example:1", "ALL_PROXY": "x"}) is None


def test_a_session_reads_it_from_env_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://a.example:1")
    direct = Session(DEMO, Anybody())
    assert direct._transport.proxy is None


def test_two_ways_of_one_session_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="give the proxy to the transport"):
        Session(DEMO, Anybody(), proxy="http://a.example:1", base_transport=Http1Transport())


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("exchange.example", b"CONNECT exchange.example:443 HTTP/1.1"),
        ("::1", b"CONNECT [::1]:443 HTTP/1.1"),
        ("b\u00fccher.example", b"CONNECT xn--bcher-kva.example:443 HTTP/1.1"),
    ],
)
def test_the_bytes_of_connect(host: str, line: bytes) -> None:
    assert proxy_of("http://u:p@proxy.example:1").request(host, 443).split(b"\r\n") == [
        line,
        b"Host: " + line.split(b" ")[1],
        b"User-Agent: kalshi-async",
        b"Proxy-Authorization: Basic dTpw",
        b"",
        b"",
    ]


@pytest.mark.parametrize("host", ["", "a b", "a\r\nX: y", "\u00fc" * 80])
def test_a_host_that_could_be_misread_is_refused(host: str) -> None:
    with pytest.raises(UnicodeError):
        proxy_of("http://proxy.example:1").request(host, 443)


ANSWERS = [
    (b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n", True),
    (b"HTTP/1.0 204\r\n\r\n", True),
    (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", True),
    (b"HTTP/1.1 407 No\r\n\r\nbody", TunnelRefused),
    (b"HTTP/2 200 OK\r\n\r\n", OSError),
    (b"HTTP/1.1 20 OK\r\n\r\n", OSError),
    (b"\x16\x03\x01", OSError),
]


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 60)))
def test_an_answer_means_the_same_however_it_is_cut(
    answer: tuple[bytes, bool | type[Exception]], cuts: list[int]
) -> None:
    raw, meaning = answer
    reply = TunnelReply(has_password=False)
    edges = [0, *sorted(cuts), len(raw)]
    pieces = [raw[a:b] for a, b in itertools.pairwise(edges) if raw[a:b]]
    seen: object = False
    for piece in pieces:
        try:
            seen = reply.feed(piece)
        except (TunnelRefused, OSError) as error:
            seen = type(error)
        if seen is not False:
            break
    assert seen is meaning


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    reply = TunnelReply(has_password=True)
    with contextlib.suppress(TunnelRefused, OSError):
        reply.feed(raw)
