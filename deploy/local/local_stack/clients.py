"""Our HTTP client for servers on this machine, and what it posts."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx


def local_client(seconds: float) -> httpx.AsyncClient:
    """A client that waits so long for an answer, and reads no proxies from the environment."""
    no_authorities = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing here is HTTPS, and loading the usual ones takes a while each time
    return httpx.AsyncClient(timeout=seconds, verify=no_authorities, trust_env=False)


def unanswered(report: Mapping[str, Any], stack: Mapping[str, Any]) -> dict[str, Any]:
    """A report to post to the running ``stack``. Where mail goes out to the world, nobody whom it names is written to."""
    return dict(report) if stack["is_mail_ours"] else {**report, "updates": "none"}
