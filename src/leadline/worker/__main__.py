"""The program of a worker process, which a supervisor starts with its own process id and two pipes."""

import gc
import os
import sys
from multiprocessing.connection import Connection


def main() -> None:
    """Run a worker until a signal stops it."""
    gc.disable()  # what is loaded is kept, as in `leadline.cli.loading`
    from leadline.worker.process import run_worker

    gc.freeze()
    gc.enable()
    server, wake, events = map(int, sys.argv[1:])
    run_worker(server, Connection(wake, writable=False), Connection(events, readable=False))
    os._exit(0)


if __name__ == "__main__":
    main()
