"""Who may call, and how often: ``signature_check``, ``keys``, ``costs``, ``budget``."""
