"""The table of control calls: each part of a sandbox adds its own here."""

from leadline.sandbox import life, states

ROUTES = (*life.ROUTES, *states.ROUTES)
