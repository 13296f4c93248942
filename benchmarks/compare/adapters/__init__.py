"""One file per library, the same functions in each; only its own worker ever imports it."""
