"""A trading backend: each user has a session of their own, and all sessions share one connection pool.

Run it with ``python -m examples.fastapi_backend`` and open http://127.0.0.1:8000.

It is for one worker. Desks, cookies and token budgets are in the memory of one process: with
``uvicorn --workers 2`` a user would be logged in at one of them, and both would spend all tokens.

    app.py       the app and its lifespan: the order in which resources are opened and closed
    login.py     login with the user's own API key
    routes.py    orders, positions and fills as JSON
    desks.py     the logged-in users: sessions opened at login, limited in number, closed
    desk.py      one user: session, dead-man switch, token budget, portfolio
    stream.py    portfolio, markets and budget as server-sent events
    stopping.py  ends the streams when the server is told to stop
    shared.py    one read of the exchange for all open pages
    statuses.py  every error of the library as an HTTP status
    wire.py      structs to JSON and back, without pydantic
    page/        the page: HTML, CSS and JavaScript, without a build step

A request passes through these files from top to bottom. A desk is opened with the user's own key.
The backend keeps a key in memory only, and only while its desk is open.
"""
