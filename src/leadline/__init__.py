"""Leadline: a server for the Marketo Engage bulk import REST API."""

__version__ = "0.2.0"
