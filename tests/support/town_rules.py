"""The town's rules as tests use them: the data that comes with the package, and a secret that exists in tests only."""

from zoneinfo import ZoneInfo

from normalizer.classifier.classifier import Classifier
from normalizer.classifier.model import load_model
from normalizer.classifier.vectors import load_vectors
from normalizer.pipeline.rules import Rules
from normalizer.pipeline.service import Bounds
from normalizer.recognition import ModelRecogniser
from normalizer.settings import RulesSettings
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import load_catalogue
from shared.town.emergencies import load_emergencies
from shared.town.holidays import load_holidays
from shared.town.natures import load_natures
from shared.town.phrasings import load_phrasings
from shared.town.town import load_town
from support.examples import SECRET

TOWN = load_town()
CATALOGUE = load_catalogue()
PHRASINGS = load_phrasings(CATALOGUE)
VECTORS = load_vectors()
CLASSIFY = Classifier(load_model(), VECTORS, CATALOGUE, PHRASINGS)
HOLIDAYS = load_holidays(TOWN)
_DEFAULTS = RulesSettings.model_fields
RULES = Rules(
    catalogue=CATALOGUE,
    classify=CLASSIFY,
    bounds=Bounds(*(_DEFAULTS[f"service_{name}"].default for name in Bounds._fields)),
    emergencies=load_emergencies(),
    natures=load_natures(),
    boundary=None,
    outside_town=TOWN.outside_town,
    last_line=TOWN.last_line,
    calendar=BusinessCalendar(ZoneInfo("America/New_York"), HOLIDAYS, holiday_name=HOLIDAYS.name_of),
    answer_business_days=TOWN.answer_business_days,
    recogniser=ModelRecogniser(),
    tracking_number_secret=SECRET,
)
