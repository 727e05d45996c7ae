"""What is kept: SQL and drivers, a control store and one store for each subscription.

It knows `schema` and `model`, never the engine; queries stand in `queries/`, tables in `migrations/`.
Read `directory.py` first, then `base.py`, then `jobs.py`.
"""
