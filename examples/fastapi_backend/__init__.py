"""A trading backend: every user on a session of their own, all of them over one pool of connections.

Run it with ``python -m examples.fastapi_backend`` and open http://127.0.0.1:8000.

    app.py       the app and its lifespan: what is opened, in which order, and closed
    login.py     logging in with one's own API key
    routes.py    orders, positions and fills as JSON
    desks.py     who is logged in: sessions opened at login, bounded, closed
    desk.py      one user: session, dead-man switch, token budget, what is shown
    stream.py    the same, live, as server-sent events
    shared.py    one read of the exchange for many who watch
    statuses.py  every error of the library as an HTTP status
    wire.py      structs to JSON and back, without pydantic
    page/        the page: HTML, CSS and JavaScript as they are

Requests come in at the top of this list and go down it. Nobody but the user's own key opens a desk:
the backend keeps keys in memory, and only while their desk is open.
"""
