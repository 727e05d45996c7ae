"""The table of control calls: each part of a sandbox adds its own here."""

from leadline.sandbox import life

ROUTES = (*life.ROUTES,)
