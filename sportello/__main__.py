"""``python -m sportello COMMAND``: Django's commands and ours (demo, size, web, worker, align, billing, …)."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportello.settings")
    if sys.argv[1:2] == ["demo"]:
        # It starts the database that the settings need, so it comes before Django.
        from sportello.demo.__main__ import main as demo

        sys.exit(demo(sys.argv[2:]))
    if sys.argv[1:2] == ["size"]:
        from sportello.demo.size.__main__ import main as size

        sys.exit(size(sys.argv[2:]))
    if sys.argv[1:2] in (["web"], ["worker"]):
        from sportello import serving

        {"web": serving.web, "worker": serving.worker}[sys.argv[1]](sys.argv[2:])
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(["sportello", *sys.argv[1:]])


if __name__ == "__main__":
    main()
