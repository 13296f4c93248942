"""Where an exchange may be: any https host, and plain http on this machine alone."""

from __future__ import annotations

from typing import Any

import pytest

from kalshi_async import DEMO, PRODUCTION, Environment, InvalidRequest


def test_the_recommended_hosts_are_known() -> None:
    # docs api_environments; other SDKs refuse them.
    assert (PRODUCTION.name, PRODUCTION.rest_url) == (
        "production",
        "https://external-api.kalshi.com/trade-api/v2",
    )
    assert (DEMO.name, DEMO.rest_url) == ("demo", "https://external-api.demo.kalshi.co/trade-api/v2")
    assert PRODUCTION.stream_url == "wss://external-api-ws.kalshi.com/trade-api/ws/v2"
    assert DEMO.stream_url == "wss://external-api-ws.demo.kalshi.co/trade-api/ws/v2"
    assert {PRODUCTION.generation, DEMO.generation} == {"current"}


@pytest.mark.parametrize(
    ("url", "origin", "base_path"),
    [
        (
            "https://api.elections.kalshi.com/trade-api/v2",
            ("https", "api.elections.kalshi.com", 443),
            "/trade-api/v2",
        ),
        ("https://example.com:8443/a/b/", ("https", "example.com", 8443), "/a/b"),
        ("HTTPS://Example.COM", ("https", "example.com", 443), ""),
        ("http://localhost:8000/trade-api/v2", ("http", "localhost", 8000), "/trade-api/v2"),
        ("http://127.0.0.1", ("http", "127.0.0.1", 80), ""),
        ("http://127.8.8.8:1/x", ("http", "127.8.8.8", 1), "/x"),
        ("http://[::1]:8000/trade-api/v2", ("http", "::1", 8000), "/trade-api/v2"),
    ],
)
def test_a_url_is_an_origin_and_a_base_path(url: str, origin: tuple[str, str, int], base_path: str) -> None:
    environment = Environment("mine", url)
    assert (environment.origin, environment.base_path) == (origin, base_path)


@pytest.mark.parametrize(
    "host",
    ["example.com", "0.0.0.0", "10.0.0.1", "localhost.example.com", "127.0.0.1.nip.io", "[::2]", "128.0.0.1"],
)
def test_plain_http_leaves_this_machine_never(host: str) -> None:
    # A signature sent in the clear is a signature given away.
    with pytest.raises(InvalidRequest, match="must be https:// unless the host is this machine"):
        Environment("mine", f"http://{host}/trade-api/v2")
    with pytest.raises(InvalidRequest, match="must be wss:// unless the host is this machine"):
        Environment("mine", "https://example.com", f"ws://{host}/ws")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "https://",
        "ftp://example.com",
        "wss://example.com",
        "https:example.com",
    ],
)
def test_what_is_no_url_of_a_host_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="must be a https:// URL with a host") as caught:
        Environment("mine", url)
    assert repr(url) in str(caught.value)


@pytest.mark.parametrize("url", ["https://example.com:port", "https://example.com:99999", "https://[::1"])
def test_what_cannot_be_parsed_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="is not a URL"):
        Environment("mine", url)


@pytest.mark.parametrize("url", ["https://user:secret@example.com", "https://e.com/?a=1", "https://e.com/#a"])
def test_a_url_carries_nothing_else_and_no_password_is_shown(url: str) -> None:
    with pytest.raises(InvalidRequest, match="no user, query or fragment") as caught:
        Environment("mine", url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://e.com/a b", "https://e.com/stra\u00dfe"])
def test_a_path_is_signed_as_it_is_written(url: str) -> None:
    # Percent-encoded later, it would not be what was signed.
    with pytest.raises(InvalidRequest, match="rest_url"):
        Environment("mine", url)


def test_a_stream_url_is_a_web_socket() -> None:
    assert Environment("mine", "https://e.com", "ws://localhost:1/ws/").stream_url == "ws://localhost:1/ws"
    with pytest.raises(InvalidRequest, match="stream_url must be a wss:// URL"):
        Environment("mine", "https://e.com", "https://e.com/ws")


def test_a_generation_that_is_not_spoken_is_refused() -> None:
    unknown: Any = "2024"
    with pytest.raises(InvalidRequest, match=r"generation must be 'current'.*, was '2024'"):
        Environment("mine", "https://e.com", generation=unknown)


def test_an_environment_is_a_value() -> None:
    assert Environment("mine", "https://e.com/a/") == Environment("mine", "https://e.com/a")
    with pytest.raises(AttributeError):
        DEMO.rest_url = "https://e.com"  # type: ignore[misc]  # frozen
