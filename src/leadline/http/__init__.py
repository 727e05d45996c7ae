"""The connection: heads, limits, slow clients, closing, and the server that listens.

It knows nothing of the API but one function that renders a refusal.
Read `server.py` first, then `connection.py` and `timed_connection.py`.
"""
