"""The table of control calls: each part of a sandbox adds its own here."""

from leadline.sandbox import clock_calls, fault_calls, job_calls, life, states

ROUTES = (*life.ROUTES, *states.ROUTES, *fault_calls.ROUTES, *clock_calls.ROUTES, *job_calls.ROUTES)
