"""A process's environment, tried out in ours."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def only_environment(told: Mapping[str, str]) -> Iterator[None]:
    """Nothing else in the environment, for so long."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(told)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
