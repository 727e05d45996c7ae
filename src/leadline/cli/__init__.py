"""The command line: one file for each command.

The only room that wires the others together, in `wiring.py`; nothing imports it.
Read `main.py` first, then `commands.py` and `serve.py`.
"""
