"""What a file is that somebody wants to import: its kind, encoding, delimiter, and what its columns may mean.

The standard library only, and nothing of the product: what sends files needs it as what receives them.
"""
