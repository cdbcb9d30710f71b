"""The connection to intake-social's database."""

from shared import mongodb


class Connection(mongodb.Connection):
    """intake-social's database."""

    APPNAME = "cary311-intake-social"
