"""The pieces of a push on their way: wave by wave, each from its state in the manifest to the next one.

Read `waves.py` first, then `piece_run.py`, which drives one piece, and `unknown.py`.
"""
