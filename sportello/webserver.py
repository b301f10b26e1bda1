"""The web server, which loads the application before it forks its workers: they have most of their memory in common.

``python -m sportello.webserver`` takes the server's own options; ``python -m sportello web`` starts it with ours.
"""

from granian.cli import cli

from sportello import wsgi

__all__ = ["wsgi"]

if __name__ == "__main__":
    cli(auto_envvar_prefix="GRANIAN")
