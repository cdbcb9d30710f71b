"""Failures sorted by who must act.

::

    Cary311Error
    ├── PoisonError        the record is wrong: dead letter, go on
    ├── TransientError     a dependency is down or the record is newer than we are: hold, try again
    │   └── NewerContractError
    ├── SpoolFullError     the spool cannot take more: 503 with Retry-After, and an alert
    └── ConfigurationError an operator must change a setting: stop with a sentence

Anything else is a bug: the consumer loop dead-letters it, counts it, and stops over a limit.
An outcome that is neither (an empty post, a stale change) is a value, never an exception.
"""


class Cary311Error(Exception):
    """Root of this project's exceptions. The text never holds what a resident wrote."""


class PoisonError(Cary311Error):
    """A record can never be handled, however often it is tried.

    ``reason`` is a short snake_case class for metrics and headers; ``detail`` holds class names and field paths, never data.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class TransientError(Cary311Error):
    """Something we depend on is away, limits us, or is older than the record: the same work will succeed later.

    ``dependency`` names it for logs and metrics (``kafka``, ``mongodb``, ``contract`` ...).
    """

    def __init__(self, dependency: str, detail: str = "") -> None:
        super().__init__(f"{dependency}: {detail}" if detail else dependency)
        self.dependency = dependency
        self.detail = detail


class NewerContractError(TransientError):
    """A record of a kind or version that this consumer does not know yet: deploy it, then the record is read."""

    def __init__(self, detail: str) -> None:
        super().__init__("contract", detail)


class SpoolFullError(Cary311Error):
    """The spool takes nothing more for now. ``reason``: ``bytes``, ``age``, ``disk``; ``retry_after_seconds`` is for the caller."""

    def __init__(self, reason: str, *, retry_after_seconds: int) -> None:
        super().__init__(f"spool full: {reason}")
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class ConfigurationError(Cary311Error):
    """A setting is wrong or two services disagree; the text is a sentence for the operator."""
