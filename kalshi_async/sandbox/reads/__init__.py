"""Reads, which may lag behind the engine: ``replica`` (copies), ``reads`` (depth, marks). No HTTP."""
