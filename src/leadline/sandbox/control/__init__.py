"""Control calls: how a test makes subscriptions of a sandbox and controls them, over HTTP.

They ask the sandbox and its subscriptions. Read `routes.py` first, then `endpoint.py`.
"""
