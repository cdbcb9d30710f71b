"""Settings of the pages."""

from typing import Annotated

from pydantic import Field

from shared.settings import Settings


class PortalSettings(Settings):
    """What an operator may set for the residents' portal."""

    map_tile_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+/\S*\{z\}\S*$")] | None = None
    """Template of a map's tiles, e.g. https://tiles.example/{z}/{x}/{y}.png; empty: no map, words and the device's position only."""
    map_attribution: Annotated[str, Field(max_length=200)] = ""
    """Who must be named under the map; plain text."""
    map_center_lat: Annotated[float, Field(ge=-90, le=90)] = 35.7915
    """Where the map opens, degrees."""
    map_center_long: Annotated[float, Field(ge=-180, le=180)] = -78.7811
    """Where the map opens, degrees."""
    portal_retry_after_seconds: Annotated[int, Field(ge=1, le=3_600)] = 30
    """What a page that cannot be shown now asks browsers to wait."""
