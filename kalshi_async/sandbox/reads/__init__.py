"""What a lagging read replica shows: ``replica`` (copies), ``reads`` (depth, marks). No HTTP."""
