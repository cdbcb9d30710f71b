"""What the town decided and the models that come with us, as the steps need it."""

from dataclasses import dataclass, field

from normalizer.pipeline.language import Recogniser
from normalizer.pipeline.service import Bounds, Classifier
from shared.town.boundary import Boundary
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import Catalogue
from shared.town.configuration import Localized
from shared.town.emergencies import Emergencies
from shared.town.natures import Natures


@dataclass(frozen=True, slots=True)
class Rules:
    """Loaded once at start, the same for every submission."""

    catalogue: Catalogue
    classify: Classifier
    """Says which of its services a text is about."""
    bounds: Bounds
    """How sure is sure enough."""
    emergencies: Emergencies
    boundary: Boundary | None
    """None: no place is outside."""
    outside_town: Localized
    """What is told of a place that is."""
    last_line: str
    """Town and state, for a geocoder, of an address that names none."""
    natures: Natures
    """Tell a question from a request."""
    calendar: BusinessCalendar
    answer_business_days: int
    """Within how many the town answers mail and posts."""
    recogniser: Recogniser
    """Of languages."""
    tracking_number_secret: bytes = field(repr=False)
