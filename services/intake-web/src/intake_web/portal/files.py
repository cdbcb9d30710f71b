"""Our own files (style, module, icons) and Leaflet's, under addresses that change with their content, so that they may be kept for ever."""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

OWN = Path(__file__).parent / "static"
PREFIX = "/static"
FOR_EVER = "public, max-age=31536000, immutable"
_WORTH_ZIPPING = 0.9
_LEAFLET_NAMES = ("leaflet.js", "leaflet.css", "images/layers.png", "images/layers-2x.png", "images/marker-icon.png")
_LEAFLET_MORE = ("images/marker-icon-2x.png", "images/marker-shadow.png")


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    zipped: bytes | None
    media_type: str


def _leaflet() -> Path | None:
    """Where the package has its files; found without importing it, because importing it would want Django."""
    spec = find_spec("js_lib_leaflet")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0]) / "static" / "js_lib_leaflet" if folders else None


def _media_type(name: str) -> str:
    if name.endswith(".js"):
        return "text/javascript; charset=utf-8"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _read(name: str, path: Path) -> _File:
    content = path.read_bytes()
    zipped = gzip.compress(content, mtime=0)
    return _File(content, zipped if len(zipped) < len(content) * _WORTH_ZIPPING else None, _media_type(name))


def _found() -> Iterator[tuple[str, Path]]:
    for path in sorted(OWN.rglob("*")):
        if path.is_file():
            yield path.relative_to(OWN).as_posix(), path
    leaflet = _leaflet()
    if leaflet is not None:
        for name in (*_LEAFLET_NAMES, *_LEAFLET_MORE):
            yield f"leaflet/{name}", leaflet / name


class StaticFiles:
    """A few small files, held in memory."""

    def __init__(self) -> None:
        self._files = {name: _read(name, path) for name, path in _found()}
        digest = hashlib.sha256()
        for name, file in sorted(self._files.items()):
            digest.update(name.encode() + b"\0" + file.content)
        self.version = digest.hexdigest()[:12]
        """Of all files together: one changed file gives every address a new version."""

    def url(self, name: str) -> str:
        """The address of a file; of a folder when ``name`` ends with a slash."""
        return f"{PREFIX}/{self.version}/{name}"

    def answer(self, request: Request) -> Response:
        """The file. An old version's address still gives the present one, but is not kept.

        Raises:
            HTTPException: 404.
        """
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        keep = FOR_EVER if request.path_params["version"] == self.version else "no-cache"
        headers = {"Cache-Control": keep, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
        if file.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.zipped, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
        return Response(file.content, media_type=file.media_type, headers=headers)
