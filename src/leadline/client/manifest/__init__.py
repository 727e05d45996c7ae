"""What a push has done so far, on the disk before it does more: by this it goes on after anything.

Read `lines.py`, then `course.py`, which says what follows from them; `journal.py` writes and reads them.
"""
