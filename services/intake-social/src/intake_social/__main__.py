"""``python -m intake_social``: the process."""

import sys


def run() -> int:
    """Take posts until told to stop; the exit code."""
    # Imported here, because a picture worker imports this module too and needs nothing of the service.
    from intake_social.app import SERVICE, main  # noqa: PLC0415
    from shared.lifecycle import run_process  # noqa: PLC0415

    return run_process(SERVICE, main)


if __name__ == "__main__":
    sys.exit(run())
