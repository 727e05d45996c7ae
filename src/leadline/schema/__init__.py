"""What a row may contain: field types, fields, object types, and how values are trimmed and folded.

Pure values and functions; it imports `model` alone.
Read `catalog.py` first, then `types.py`.
"""
