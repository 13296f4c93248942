"""The 2025 generation of the API, ``session.legacy``, for exchanges that still offer it.

Deleting this folder, ``contract/api2025``, ``sandbox/api2025`` and the lines marked
``# api2025`` leaves the rest working. Read in this order: ``requests``, ``methods``,
``direction``, ``settling``, ``successors``.
"""
