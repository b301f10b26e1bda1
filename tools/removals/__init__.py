"""Takes each guard out of the code in turn and sees whether a test turns red: `python -m tools.removals`.

``targets`` says in which files, ``finding`` finds what there is to take out, ``warm`` and ``cold`` try it, ``harmless`` lists
what changes nothing.
"""
