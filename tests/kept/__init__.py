"""Stores of versions that were released, as they left them: each later version must open them, and lose nothing.

`0.2.0/` has the formats of its first migrations, a whole data directory, the same on PostgreSQL as SQL, and what its
server told of both. `python -m tests.kept` made it; from the release on nothing of it is made anew.
"""
