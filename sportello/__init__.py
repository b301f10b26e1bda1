"""Sportello, the online counter of companies that sell energy, water and telephony."""

__version__ = "0.1.0"
