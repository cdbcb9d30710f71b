"""The stand-in believes a signature only when it is right; the example is the one of the OAuth Core 1.0 text."""

import pytest

from local_stack.x.oauth1 import UserKeys, is_signed

KEYS = UserKeys("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
URL = "http://photos.example.net/photos"
QUERY = (("file", "vacation.jpg"), ("size", "original"))
HEADER = (
    'OAuth realm="http://photos.example.net/", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", '
    'oauth_nonce="kllo9940pd9333jh", oauth_timestamp="1191242096", oauth_signature_method="HMAC-SHA1", '
    'oauth_version="1.0", oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"'
)


def test_the_published_example_is_believed() -> None:
    """A signature that we did not compute ourselves."""
    assert is_signed(HEADER, "GET", URL, QUERY, KEYS)


@pytest.mark.parametrize(
    ("header", "method", "url", "query"),
    [
        (HEADER, "POST", URL, QUERY),
        (HEADER, "GET", URL + "/other", QUERY),
        (HEADER, "GET", URL, QUERY[:1]),
        (HEADER.replace("tR3", "tR4"), "GET", URL, QUERY),
        (HEADER.replace("nnch", "nnci"), "GET", URL, QUERY),
        (HEADER.replace("HMAC-SHA1", "PLAINTEXT"), "GET", URL, QUERY),
        ("OAuth ", "GET", URL, QUERY),
        ("Bearer x", "GET", URL, QUERY),
        ("", "GET", URL, QUERY),
    ],
)
def test_anything_else_is_not(header: str, method: str, url: str, query: tuple[tuple[str, str], ...]) -> None:
    """Another request, account, method or a changed signature is refused."""
    assert not is_signed(header, method, url, query, KEYS)
