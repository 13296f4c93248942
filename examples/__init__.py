"""Programs to start from: each says in its first lines what it teaches."""
