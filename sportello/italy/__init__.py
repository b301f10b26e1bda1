"""The codes that Italian customers and their supplies carry, checked without Django so that any room may use them."""
