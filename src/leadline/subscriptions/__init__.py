"""Use cases: a subscription's file, credentials, tokens, permissions and call limits (contract §1, §10, §11).

They keep what they know in the control store, and settings in the subscription's own.
Read `tokens.py` first, then `call_limits.py`, then `apply_file.py`.
"""
