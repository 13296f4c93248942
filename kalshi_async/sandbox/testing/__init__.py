"""For tests of trading programs: a client's own ledger (``belief``) and its ``ledger_check``."""
