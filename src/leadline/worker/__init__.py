"""Imports jobs: claims one, reads it chunk by chunk, commits each chunk with the job's progress.

Whatever goes wrong unforeseen ends the process; the janitor gives the job to the next worker.
It calls `engine`, `merging` and `store`. Read `worker.py` first, then `pipeline.py`, then `commit_chunk.py`.
"""
