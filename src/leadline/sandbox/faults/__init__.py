"""What goes wrong with a subscription's calls, tokens and jobs because a test says so.

They know the operations of the API and its error texts. Read `fault.py` first, then `troubled_call.py`.
"""
