"""Rows are read from the bytes of a file, or the records of a call, and decided; nothing is written here.

It knows `schema` and the settings of rules, never the store: what is stored comes in as a table.
Read `pipeline.py` first: it names the steps in their order.
"""
