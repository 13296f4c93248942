"""One file per library, with ``adapter``."""
