"""``python -m tracker project`` or ``python -m tracker serve``: one image, two roles that scale apart."""

import sys


def start(role: str) -> int:
    """Run one role to its end; the exit code."""
    if role == "project":
        from tracker.project_app import run as project  # noqa: PLC0415 - a role loads what it needs

        return project()
    from tracker.serve_app import run as serve  # noqa: PLC0415 - likewise

    return serve()


if __name__ == "__main__":
    if sys.argv[1:] not in (["project"], ["serve"]):
        sys.exit("usage: python -m tracker project | serve")
    sys.exit(start(sys.argv[1]))
