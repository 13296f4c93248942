"""The libraries that are compared, with their requirements, imports and kinds of keys."""

from __future__ import annotations

from dataclasses import dataclass

RSA, ED25519, NOSIGN = "rsa", "ed25519", "nosign"
OURS = "kalshi_async"
"""The requirement of this library: the wheel that is built from this tree."""

EVERY_KEY = (RSA, ED25519, NOSIGN)
RSA_ALONE = (RSA, NOSIGN)


@dataclass(frozen=True, slots=True)
class Library:
    """One library."""

    adapter: str
    """The name of its file in ``adapters``."""
    name: str
    label: str
    """A short name, for charts."""
    requirement: str
    """The requirement for pip."""
    keys: tuple[str, ...]
    """The kinds of keys with which it is measured."""
    imports: str
    """The import statement of a program that uses it."""
    is_typed: bool = True
    """Whether it returns typed objects and not dicts."""
    is_sdk: bool = True


# The newest versions on PyPI on 2026-11-22. The other SDKs use aiohttp or httpx.
LIBRARIES = (
    Library(
        "floor",
        "the floor",
        "the floor",
        OURS,
        (NOSIGN,),
        "import asyncio, msgspec",
        is_typed=False,
        is_sdk=False,
    ),
    Library(
        "ours",
        "kalshi_async",
        "kalshi_async",
        OURS,
        EVERY_KEY,
        "from kalshi_async import CreateOrder, Credentials, Environment, Session",
    ),
    Library(
        "ours_over_httpx",
        "kalshi_async over stock httpx",
        "kalshi_async on httpx",
        OURS,
        EVERY_KEY,
        "import httpx; from kalshi_async import CreateOrder, Credentials, Environment, Session",
    ),
    Library(
        "official",
        "kalshi_python_async 3.34.0 (official)",
        "official SDK 3.34",
        "kalshi_python_async==3.34.0",
        EVERY_KEY,
        "from kalshi_python_async import Configuration, KalshiClient",
    ),
    Library(
        "kalshi_sdk",
        "kalshi-sdk 22.4.0",
        "kalshi-sdk 22.4",
        "kalshi-sdk==22.4.0",
        RSA_ALONE,
        "from kalshi import AsyncKalshiClient, KalshiConfig",
    ),
    Library(
        "pykalshi",
        "pykalshi 2.0.0",
        "pykalshi 2.0",
        "pykalshi==2.0.0",
        RSA_ALONE,
        "from pykalshi.aclient import AsyncKalshiClient",
    ),
    Library(
        "kyro",
        "kyro 0.1.2",
        "kyro 0.1",
        "kyro==0.1.2",
        RSA_ALONE,
        "from kyro import RestClient; from kyro.rest.api import orders, portfolio",
        is_typed=False,
    ),
    Library(
        "bare_aiohttp",
        "aiohttp 3.14.5 alone",
        "aiohttp alone",
        "aiohttp==3.14.5",
        (NOSIGN,),
        "import aiohttp",
        is_typed=False,
        is_sdk=False,
    ),
    Library(
        "bare_httpx",
        "httpx 0.28.1 alone",
        "httpx alone",
        "httpx==0.28.1",
        (NOSIGN,),
        "import httpx",
        is_typed=False,
        is_sdk=False,
    ),
)
BY_ADAPTER = {library.adapter: library for library in LIBRARIES}

# Packages that affect the speed of the libraries; their versions are printed with the results.
NOTABLE = ("aiohttp", "cryptography", "httptools", "httpx", "msgspec", "pydantic")
