"""Makes the portal of the parts of the process: what ``app.py`` calls."""

import secrets

from intake_web.parts import Parts
from intake_web.portal.desk import ReportDesk
from intake_web.portal.ports import Portal, PortalOptions
from intake_web.portal.routes import BuiltPortal, build_portal
from intake_web.portal.settings import PortalSettings


def portal_of(parts: Parts, settings: PortalSettings) -> BuiltPortal:
    """The residents' portal on the real intake, tracker and town."""
    options = PortalOptions(
        zone=parts.settings.timezone,
        public_base_url=parts.settings.public_base_url,
        map_tile_url=settings.map_tile_url,
        map_attribution=settings.map_attribution,
        map_center=(settings.map_center_lat, settings.map_center_long),
        retry_after_seconds=settings.portal_retry_after_seconds,
    )
    return build_portal(
        Portal(
            town=parts.town,
            catalogue=parts.catalogue,
            calendar=parts.calendar,
            desk=ReportDesk(parts.catalogue, parts.intake, parts.darkroom),
            receipts=parts.receipts,
            lookup=parts.tracker,
            options=options,
            clock=parts.clock,
            new_key=lambda: secrets.token_urlsafe(18),
            admit=lambda scope: parts.door.admit_anonymous(parts.door.address(scope)),
            form_limits=parts.settings.form_limits,
            text_limits=parts.settings.json_limits,
        )
    )
