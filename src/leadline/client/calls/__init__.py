"""The calls of a push to a server: who may make them, how often, and what each refusal means.

Read `refusals.py`, then `tries.py` and `transport.py`; `server.py` has the calls themselves.
"""
