"""The 2025 generation: reply structs (``replies``) and operations (``operations``)."""
