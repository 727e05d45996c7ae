"""Use case: imports, as clients see them: submit, status, files (contract §2, §4, §7).

It reads headers with the engine and keeps jobs in the store; workers do the rest.
Read `submit.py` first, then `status.py`.
"""
