"""From the bytes of a file, or the records of a call, to decided rows; pure, without input or output.

It knows `schema` and the settings of rules, never the store: what is stored comes in as a table.
Read `pipeline.py` first: it names the steps in their order.
"""
