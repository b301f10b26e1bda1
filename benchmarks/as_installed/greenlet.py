"""Tests bring greenlet along, and the log's library loads it wherever it is; where the product runs it is not there."""

raise ImportError("not where the product runs")
