"""Whether the path of a request has stayed as short as it was: calls counted, nothing timed."""
