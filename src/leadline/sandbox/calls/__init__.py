"""The Marketo calls of a sandbox on their way to the API and back: whose they are, and what came of them.

They stand around the API. Read `marketo_calls.py` first.
"""
