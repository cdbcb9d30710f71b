"""The tracking number: derived from the submission's id by the adapter and by us, with the same secret."""

from shared.contracts import SubmissionReceived
from shared.errors import ConfigurationError
from shared.tracking_number import tracking_number


def check_number(submission: SubmissionReceived, secret: bytes) -> None:
    """Nothing where the number is the right one.

    Raises:
        ConfigurationError: it is another. Going on would file reports under numbers that nobody was told.
    """
    if submission.service_request_id != tracking_number(secret, submission.submission_id):
        raise ConfigurationError(
            f"submission {submission.submission_id} of channel {submission.channel} carries a tracking number that this service's "
            "TRACKING_NUMBER_SECRET does not give: its adapter and the normalizer must have the same secret"
        )
