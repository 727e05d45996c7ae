"""Use cases: what is stored about people, as clients read and change it (contract §9).

It reads through the store and writes through `merging`; the engine is loaded by the first call that writes.
Read `leads.py` first, then `sync.py`.
"""
