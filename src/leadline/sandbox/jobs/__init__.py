"""How far the jobs of a sandbox's subscriptions get: by themselves, by polls, or step by step.

They ask the use cases of jobs. Read `progress.py` first.
"""
