"""What needs FastAPI is run by ``nox -s examples``, which has it, and left out elsewhere."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("fastapi") else ["test_fastapi_*.py"]
