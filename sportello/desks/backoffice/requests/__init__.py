"""Requests of all kinds on the desk of those who work on them: the list, the page of one, and what is done to it."""
