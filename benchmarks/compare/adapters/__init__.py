"""One file per library, each with an ``adapter``. Only the worker of that library imports it."""
