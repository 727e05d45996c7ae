"""The nouns of the product as plain values, which every room may name.

They import nothing but each other.
Read `jobs.py` first, then `callers.py`.
"""
