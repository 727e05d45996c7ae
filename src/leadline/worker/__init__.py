"""Use case: import jobs. The one place where engine and store meet, over Arrow tables.

Each chunk is one transaction: records, issues, ledger and the job's progress commit
together, so a crash leaves all of a chunk or nothing. The last chunk also finishes the
job. Whatever goes wrong unforeseen ends the process; the janitor gives the job to the
next worker.
"""

from leadline.worker.worker import Worker

__all__ = ["Worker"]
