"""A Marketo for tests: subscriptions that a test makes, resets and controls, over the same engine and wire.

It stands around the API and asks `subscriptions`; only the command `leadline sandbox` imports it.
Each part that a test controls, such as the clock, hangs in a subscription; the calls that control it
are in `control`, what it does to Marketo calls in `calls` and `faults`, and to jobs in `jobs`.
Read `sandbox.py` first, then `subscription.py`.
"""
