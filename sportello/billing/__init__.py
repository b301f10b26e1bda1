"""The port to the billing system: what every connector speaks, and nothing of any particular one."""
