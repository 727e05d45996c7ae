"""Pure: bytes of an upload in, judged rows and issues out."""
