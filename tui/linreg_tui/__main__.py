"""``python -m linreg_tui`` and the ``linreg-tui`` command."""

import sys


def main() -> None:
    """Run the command line and exit with its status."""
    from linreg_tui.startup.command import run_command_line

    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
