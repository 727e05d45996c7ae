"""The catalogue of record errors: why a row of a file, or a record of a call, is not taken as it was sent.

A file has the plain sentence in its failure or warning file (contract §7.3); a call answers code
and message beside the record (contract §13). Errors of whole calls are in `leadline.errors`.
To add one, add a line to the file of its subject: the reference page of errors shows each.
"""

from leadline.schema.record_errors.error import Reason as Reason
from leadline.schema.record_errors.error import RecordError as RecordError
from leadline.schema.record_errors.records import *
from leadline.schema.record_errors.rows import *
from leadline.schema.record_errors.values import *

RECORD_ERRORS: dict[str, RecordError] = {
    name: each for name, each in list(globals().items()) if isinstance(each, RecordError)
}
"""Every record error by its name."""
