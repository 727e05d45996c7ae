"""Talks HTTP to any server of this API."""
