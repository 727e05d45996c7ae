"""The timeline of an import takes its steps from the events of the job, and processor time from named threads."""

import os
import subprocess
import sys
from collections import Counter

from tests.bench.timeline import NAMED_THREADS, Timeline

EVENTS = [
    {"event": "JobQueued", "at": 1_040},
    {"event": "JobClaimed", "at": 1_043},
    {"event": "ChunkParsed", "at": 1_150, "rows": 15_196},
    {"event": "ChunkDecided", "at": 1_151, "rows": 15_196},
    {"event": "ChunkWritten", "at": 1_200, "rows": 15_196},
    {"event": "ChunkMerged", "at": 1_216, "rows": 15_196},
    {"event": "ChunkParsed", "at": 1_240, "rows": 7},
    {"event": "ChunkDecided", "at": 1_240, "rows": 7},
    {"event": "ChunkWritten", "at": 1_241, "rows": 7},
    {"event": "ChunkMerged", "at": 1_250, "rows": 7},
    {"event": "JobFinished", "at": 1_250},
]


def test_each_step_begins_where_the_one_before_ends() -> None:
    lines = (
        Timeline(1_000, EVENTS, 1_260, Counter({"worker a": 90.4, "worker b": 1.0})).table("new").splitlines()
    )
    assert lines[2:5] == [
        "| POST, until job and file are durable | 40 | 40 |",
        "| until a worker has claimed it | 43 | 3 |",
        "| chunk 1 of 15,196 rows: until the chunk is ready | 150 | 107 |",
    ]
    assert lines[8] == "| chunk 2 of 7 rows: until the chunk is ready | 240 | 24 |"
    assert lines[13:15] == ["| until a poll says Complete | 260 | 10 |", ""]
    assert "until the chunk is ready 131, decided, under the lock 1, written 50, committed 25" in lines[15]
    assert lines[16] == "Processor time: worker a 90."


def test_the_system_knows_threads_by_their_names() -> None:
    told = (
        "import threading; from pathlib import Path\n"
        "tell = lambda: print(Path(f'/proc/self/task/{threading.get_native_id()}/comm').read_text(), end='')\n"
        "thread = threading.Thread(target=tell, name='reader-of-the-file-1'); thread.start(); thread.join()"
    )
    env = {**os.environ, "PYTHONPATH": str(NAMED_THREADS)}
    done = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "reader-of-the-f\n"
