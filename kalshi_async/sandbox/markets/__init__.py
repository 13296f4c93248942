"""Markets: ``listing`` them, their price ``grid``, ``pauses`` and ``lifecycle``. No HTTP."""
