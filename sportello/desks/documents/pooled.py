"""Gives a pooled connection back while a request waits for something else than the database."""

from django.db import connection


def lend_connection() -> None:
    """Another request may use our connection meanwhile; the next query takes one again. Without a pool, nothing."""
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()
