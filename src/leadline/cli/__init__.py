"""The command line; wiring is the only place that builds."""
