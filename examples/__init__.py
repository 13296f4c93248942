"""Programs to start from. The docstring of each gives its purpose and lists its lessons."""
