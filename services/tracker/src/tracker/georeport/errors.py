"""GeoReport's errors: an array of code and description, in both formats (specification, "Errors")."""

from collections.abc import Mapping
from http import HTTPStatus


class GeoReportError(Exception):
    """A refusal in GeoReport's own form.

    ``code`` is the HTTP status: 404 unknown service, id, token, jurisdiction or format; 403 missing or wrong key; 503 when we
    cannot answer now; 400 everything else. ``description`` is for people and names the field, never its value.
    """

    def __init__(self, code: int, description: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(description)
        self.code = int(code)
        self.description = description
        self.headers = dict(headers or {})


def bad(field: str, why: str) -> GeoReportError:
    """400: a parameter is wrong."""
    return GeoReportError(HTTPStatus.BAD_REQUEST, f"{field} {why}")


def required(field: str) -> GeoReportError:
    """400: a parameter is missing."""
    return GeoReportError(HTTPStatus.BAD_REQUEST, f"{field} required")


def unknown(what: str) -> GeoReportError:
    """404: nothing here by that name."""
    return GeoReportError(HTTPStatus.NOT_FOUND, f"{what} not found")


def forbidden() -> GeoReportError:
    """403: the key is missing or not good for this."""
    return GeoReportError(HTTPStatus.FORBIDDEN, "api_key missing or not valid for this method")
