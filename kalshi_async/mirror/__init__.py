"""The account kept true."""
