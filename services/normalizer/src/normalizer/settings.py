"""Settings of the normalizer: Kafka, the town, operations. It has no database and no door of its own."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from normalizer.classifier.model import Kind
from normalizer.pipeline.service import Bounds
from shared.settings import CatalogueSettings, KafkaSettings, OperationsSettings, Settings, TownSettings, WordsSettings

Confidence = Annotated[float, Field(ge=0, le=1)]


class ClassifierSettings(CatalogueSettings):
    """How the service of a text is found, and how sure is sure enough."""

    phrasings_file: Path | None = None
    """Examples and rules of the catalogue's services; None: the file that comes with the package."""
    classifier: Kind = "light"
    """``full`` sees texts through sentence vectors, which needs the extra ``full`` and some milliseconds a text."""
    model_file: Path | None = None
    """What ``make train`` learnt from catalogue and phrasings; None: the file of this classifier that comes with the package."""
    service_threshold: Confidence = 0.8
    """From which calibrated confidence on a service is chosen without an advocate."""
    service_margin: Confidence = 0.3
    """By how much the second best service must lie behind; counts where the threshold is lowered."""
    service_doubt: Confidence = 0.95
    """From which confidence on another service than the resident's choice is put before an advocate. The choice stands."""

    @property
    def bounds(self) -> Bounds:
        """How sure is sure enough."""
        return Bounds(self.service_threshold, self.service_margin, self.service_doubt)


class MeasuringSettings(ClassifierSettings, WordsSettings):
    """What is measured on labelled texts: the pipeline's steps that need no secret."""


class RulesSettings(TownSettings, ClassifierSettings):
    """What the pipeline decides by."""


class GeocoderSettings(Settings):
    """Who is asked where an address is. Off without an address: then nothing leaves."""

    geocoder_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    """The US Census Bureau's geocoder, https://geocoding.geo.census.gov/geocoder, or what speaks as it does; without a slash at its end."""
    geocoder_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 2.0
    """How long one answer may take."""
    geocoder_batch_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    """How long all answers of a batch may take; what comes later leaves its address without a point."""
    geocoder_connections: Annotated[int, Field(ge=1, le=100)] = 8
    """Addresses asked for side by side."""


class NormalizerSettings(KafkaSettings, RulesSettings, GeocoderSettings, OperationsSettings):
    """Everything that the normalizer reads from its environment."""

    consumer_max_records: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Records of one batch; its events are acknowledged before its offsets are committed."""
    stuck_after_seconds: Annotated[float, Field(gt=0)] = 60.0
    """Without a completed poll for so long the process is not alive any more: restart it."""
