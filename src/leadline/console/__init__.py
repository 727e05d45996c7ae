"""The console: pages on which people watch jobs, import files, take jobs back and look into the stores.

The server renders all of it; a browser without scripts can do everything. Pages ask the use cases that the
API asks, and know no store and no rule. Nothing here is loaded before the first request of the console.
Read `app.py` first, then `visit.py` and any file of `pages`.
"""
