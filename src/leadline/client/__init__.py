"""A client that talks HTTP to any server of this API.

It imports nothing of the server.
Read `http.py`, its only file.
"""
