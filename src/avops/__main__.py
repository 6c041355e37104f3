"""The `avops` command. `--version` is answered before anything heavy is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line and leaves with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from avops import __version__

        print(f"avops {__version__}")
        return
    try:
        from avops.cli.main import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:  # before the command line could hear it
        sys.exit(_interrupted())


def _interrupted() -> int:
    print("interrupted", file=sys.stderr)
    return 130


if __name__ == "__main__":
    main()
