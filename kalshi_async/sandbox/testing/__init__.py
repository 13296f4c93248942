"""What the tests of a trading program use: ``belief`` and ``ledger_check``."""
