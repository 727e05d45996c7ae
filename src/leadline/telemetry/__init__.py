"""The one subscriber of events: log lines and metrics are made of them here.

It knows no store and no connection; what the metrics say of these is given to it.
Read `subscriber.py` first, then `log.py` and `metrics.py`.
"""
