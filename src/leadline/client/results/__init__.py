"""What became of each row: result files are fetched as pieces end, matched to the user's rows, and merged.

Read `results.py` first. Nothing here calls a server itself or knows how pieces are sent.
"""
