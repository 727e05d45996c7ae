"""A Marketo for tests: subscriptions that a test makes, resets and controls, over the same engine and wire.

It stands around the API and asks `subscriptions`; only the command `leadline sandbox` imports it.
Each part that a test controls, such as the clock, hangs in a subscription and has its calls in a file.
Read `routes.py` first, then `subscription.py`, then `calls.py` and `control.py`.
"""
