"""The one place where engine and store meet: rows are decided against stored records, then written.

Imports and calls come here inside a transaction that they opened; it calls `engine` and `store` alone.
Read `merge.py` first, then `memberships.py`.
"""
