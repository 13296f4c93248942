"""Authentication and rate limits: ``signature_check``, ``keys``, ``costs``, ``budget``."""
