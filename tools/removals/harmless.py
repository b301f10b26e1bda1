"""Removals that change nothing that anybody could see, each with the reason; one that is no longer found is an error."""

# (file, function, what is taken out): why nothing changes
HARMLESS: dict[tuple[str, str, str], str] = {}
