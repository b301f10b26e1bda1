"""Measures of the product, each against a floor in the same run."""
