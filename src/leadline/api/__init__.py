"""The wire: routes, envelopes, multipart bodies and one file for each subject of the API.

It asks use cases and shows the nouns of `schema` and `model`; it knows no store and no engine.
Read `app.py` first, then `endpoint.py` and `call.py`, then any subject, such as `leads.py`, with the types of
its answers in `record_answers.py`.
"""
