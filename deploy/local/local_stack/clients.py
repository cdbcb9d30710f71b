"""Our HTTP client for servers on this machine."""

import ssl

import httpx


def local_client(seconds: float) -> httpx.AsyncClient:
    """A client that waits so long for an answer, and reads no proxies from the environment."""
    no_authorities = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing here is HTTPS, and loading the usual ones takes a while each time
    return httpx.AsyncClient(timeout=seconds, verify=no_authorities, trust_env=False)
