"""Understanding a person's file: its kind, encoding, delimiter, and what its columns may mean.

The standard library only, and nothing of the product: what sends files needs it as what receives them.
Read `encodings.py` first.
"""
