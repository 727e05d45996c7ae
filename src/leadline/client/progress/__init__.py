"""Shows people and programs how a push goes on: each file here takes events of `client/events.py`."""
