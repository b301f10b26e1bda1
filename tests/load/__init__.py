"""Many people at once, and the house that serves them with whatever is done to it meanwhile."""
