"""Copies of invoices: fetched from billing or typeset here, once, and kept."""
