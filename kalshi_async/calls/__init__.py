"""One request, from top to bottom.

Knows observers as hooks only, and no namespace. Read in this order: ``call`` (one call and
the state of its attempts), ``retry`` (what a failed attempt means), ``polling`` (reads that
are repeated until they answer), ``pipeline`` (the loop over attempts), ``context`` (scope and
options of a session), ``generations`` (which operations an environment offers).
"""
