"""What a row may contain: field types, fields, object types, the subscription file."""
