"""What an undo does, decided from tables of what was changed since.

Pure: read `cells.py` first, which decides one cell, then `fates.py`, which decides all cells of a change set.
"""
