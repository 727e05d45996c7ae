"""A client that talks HTTP to any server of this API.

It imports nothing of the server. `http.py` is the small client of the demo; the rest is `leadline push`.
Read `options.py` first, then `plan.py`.
"""
