"""The HTTP edge: routes, envelope, tokens; thin."""
