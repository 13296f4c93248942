"""The programs in examples/, each run against the ledger of the embedded exchange."""
