"""The composition root: submissions from Kafka, events back into Kafka. It starts while Kafka is away and waits for it."""

import asyncio
import time
from typing import Final

from normalizer.classifier.classifier import Classifier
from normalizer.classifier.model import Kind, load_model
from normalizer.classifier.sentences import load_sentences
from normalizer.classifier.vectors import load_vectors
from normalizer.classifier.views import TextVectors
from normalizer.geocoding import Geocoder, NoGeocoder
from normalizer.handler import handler
from normalizer.pipeline.rules import Rules
from normalizer.recognition import ModelRecogniser
from normalizer.settings import ClassifierSettings, GeocoderSettings, NormalizerSettings, RulesSettings
from shared.kafka.broker import KafkaDeadLetters, KafkaPublisher, KafkaRecordSource, ensure_topics
from shared.kafka.consumer import ConsumerLoop
from shared.kafka.ports import DeadLetters, Publisher, RecordSource
from shared.kafka.topics import NORMALIZER_GROUP, SUBMISSION_RECEIVED
from shared.lifecycle import Closers
from shared.observability.health import HealthServer, age_check
from shared.observability.logs import logger
from shared.settings import load
from shared.town.boundary import load_boundary
from shared.town.calendar import load_calendar
from shared.town.catalogue import Catalogue, load_catalogue
from shared.town.emergencies import load_emergencies
from shared.town.natures import load_natures
from shared.town.phrasings import load_phrasings
from shared.town.town import load_town
from shared.waiting import until_available

CLIENT_ID: Final = "normalizer"

NOWHERE: Final = NoGeocoder()

_log = logger(__name__)


def load_classifier(settings: ClassifierSettings, catalogue: Catalogue) -> Classifier:
    """The classifier of the catalogue's services.

    Raises:
        ConfigurationError: what is wrong in one of its files, or that the model was trained on another catalogue.
    """
    phrasings = load_phrasings(catalogue, settings.phrasings_file)
    return Classifier(load_model(settings.model_file, settings.classifier), load_text_vectors(settings.classifier), catalogue, phrasings)


def load_text_vectors(kind: Kind) -> TextVectors:
    """What a classifier of this kind sees texts through.

    Raises:
        ConfigurationError: a package is not installed, or lacks its files.
    """
    return load_sentences() if kind == "full" else load_vectors()


def load_rules(settings: RulesSettings) -> Rules:
    """What the town decided, from its files.

    Raises:
        ConfigurationError: what is wrong in one of them, or that they do not belong together.
    """
    town = load_town(settings.town_file)
    catalogue = load_catalogue(settings.catalogue_file, town)
    return Rules(
        catalogue=catalogue,
        classify=load_classifier(settings, catalogue),
        bounds=settings.bounds,
        emergencies=load_emergencies(settings.emergencies_file),
        boundary=load_boundary(settings.town_boundary_file),
        outside_town=town.outside_town,
        last_line=town.last_line,
        natures=load_natures(settings.natures_file),
        calendar=load_calendar(settings),
        answer_business_days=town.answer_business_days,
        recogniser=ModelRecogniser(),
        tracking_number_secret=settings.tracking_number_secret.get_secret_value(),
    )


def build_geocoder(settings: GeocoderSettings) -> Geocoder:
    """The geocoder that the settings name; without one, the one that knows nothing."""
    if settings.geocoder_url is None:
        return NOWHERE
    from normalizer.census import CensusGeocoder  # noqa: PLC0415 - with httpx: time and memory of the start, where one is named alone

    return CensusGeocoder(
        settings.geocoder_url,
        timeout_seconds=settings.geocoder_timeout_seconds,
        batch_seconds=settings.geocoder_batch_seconds,
        connections=settings.geocoder_connections,
        clock=time.monotonic,
    )


def build_loop(  # noqa: PLR0913, PLR0917 - the roles around it, as the loop has them
    source: RecordSource,
    publisher: Publisher,
    dead_letters: DeadLetters,
    rules: Rules,
    max_records: int,
    geocoder: Geocoder = NOWHERE,
) -> ConsumerLoop:
    """The consumer loop around ``normalize``, on Kafka or on a fake of it."""
    return ConsumerLoop(
        source,
        handler(rules, geocoder),
        publisher,
        dead_letters,
        group=NORMALIZER_GROUP,
        max_records=max_records,
    )


class Normalizer:
    """One process of the service."""

    def __init__(self, settings: NormalizerSettings) -> None:
        self._settings = settings
        self._rules = load_rules(settings)
        self._loop: ConsumerLoop | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Normalize until ``stop``.

        Raises:
            ConfigurationError: the health port is taken, or an adapter has another secret than we; nothing of that is committed.
            Exception: more bugs than the loop's limit, or a dead letter that could not be written.
        """
        async with Closers() as closers:
            health = HealthServer(self._settings, {"consumer": self._complaint}, {"poll": self._silence})
            await health.start()
            closers.add("health", health.close)
            self._loop = await self._connect(stop, closers)
            if self._loop is not None:
                _log.info("normalizer_runs", catalogue=self._rules.catalogue.version[:12], model=self._rules.classify.version[:12])
                await self._loop.run(stop)

    async def _connect(self, stop: asyncio.Event, closers: Closers) -> ConsumerLoop | None:
        """The loop, once Kafka is there; None when told to stop before."""
        settings = self._settings
        if settings.kafka_create_topics and not await until_available(stop, self._create_topics):
            return None
        publisher = await until_available(stop, lambda: KafkaPublisher.start(settings, CLIENT_ID))
        if publisher is None:
            return None
        closers.add("publisher", publisher.close)
        source = await until_available(
            stop,
            lambda: KafkaRecordSource.start(settings, topics=(SUBMISSION_RECEIVED.name,), group=NORMALIZER_GROUP, client_id=CLIENT_ID),
        )
        if source is None:
            return None
        closers.add("source", source.close)
        geocoder = build_geocoder(settings)
        closers.add("geocoder", geocoder.close)
        dead_letters = KafkaDeadLetters(publisher, NORMALIZER_GROUP)
        return build_loop(source, publisher, dead_letters, self._rules, settings.consumer_max_records, geocoder)

    async def _create_topics(self) -> bool:
        await ensure_topics(self._settings)
        return True

    def _complaint(self) -> str | None:
        if self._loop is None:
            return "it waits for Kafka"
        return None if self._loop.is_ready() else "it holds its work: a dependency is away"

    def _silence(self) -> str | None:
        if self._loop is None:
            return None
        return age_check("the last poll", self._loop.last_poll_age_seconds, limit_seconds=self._settings.stuck_after_seconds)()


async def main(stop: asyncio.Event) -> None:
    """Run the service until ``stop``, as its environment says."""
    await Normalizer(load(NormalizerSettings)).run(stop)
