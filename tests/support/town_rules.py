"""The town's rules as tests use them: the data that comes with the package, and a secret that exists in tests only."""

from zoneinfo import ZoneInfo

from normalizer.pipeline.rules import Rules
from normalizer.recognition import ModelRecogniser
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import load_catalogue
from shared.town.holidays import load_holidays
from shared.town.town import load_town
from support.examples import SECRET

TOWN = load_town()
RULES = Rules(
    catalogue=load_catalogue(),
    calendar=BusinessCalendar(ZoneInfo("America/New_York"), load_holidays(TOWN)),
    answer_business_days=TOWN.answer_business_days,
    recogniser=ModelRecogniser(),
    tracking_number_secret=SECRET,
)
