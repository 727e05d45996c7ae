"""The one place where engine and store meet: rows are judged against stored records, and written.

Imports and calls come here inside a transaction that they opened; it calls `engine` and `store` alone.
Read `merge.py` first, then `memberships.py`.
"""
