"""Login with the user's own API key, and logout.

Teaches: per-user credentials. The key opens a session, and the exchange verifies the key. From then
on the browser has a random cookie that scripts cannot read and other sites cannot send.
"""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from examples.fastapi_backend.desks import Desks
from examples.fastapi_backend.routes import COOKIE, TheDesk
from examples.fastapi_backend.wire import Key, body_of, reply
from kalshi_async import Credentials, InvalidRequest
from kalshi_async.sandbox import Sandbox

router = APIRouter(prefix="/api")


@router.get("/desk")
async def whoami(desk: TheDesk, request: Request) -> Response:
    return reply(
        {
            "environment": request.app.state.environment.name,
            "key_id": desk.credentials.key_id,
            "subaccount": desk.subaccount,
        }
    )


@router.post("/login")
async def log_in(request: Request) -> Response:
    desks: Desks = request.app.state.desks
    key = await body_of(request, Key)
    is_guest = not key.key_id
    credentials = guest(request.app.state.sandbox) if is_guest else Credentials(key.key_id, key.private_key)
    token = await desks.open(credentials, key.subaccount)
    if token is None:
        raise HTTPException(503, "all desks are in use: come again later", {"Retry-After": "60"})
    answer = Response(status_code=204)
    is_https = request.url.scheme == "https"  # only loopback is served over plain HTTP
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_https)
    return answer


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Close the desk: cancel its resting orders, close its session, forget its key."""
    desks: Desks = request.app.state.desks
    await desks.close(request.cookies.get(COOKIE, ""))
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE)
    return answer


def guest(sandbox: Sandbox | None) -> Credentials:
    """Open a new account on the sandbox. Raises InvalidRequest on any other exchange."""
    if sandbox is None:
        raise InvalidRequest("key_id must not be empty: this is not the sandbox")
    return sandbox.add_account(f"guest {len(sandbox.accounts)}").credentials
