"""The connection to intake-email's database."""

from shared import mongodb


class Connection(mongodb.Connection):
    """intake-email's database."""

    APPNAME = "cary311-intake-email"
