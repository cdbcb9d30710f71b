"""Settings: from the environment or files, explained, and a wrong one stops the start with a sentence that tells no secret."""

import json
from pathlib import Path

import pytest

from shared import settings as module
from shared.api_keys import Scope, new_key
from shared.errors import ConfigurationError
from shared.settings import KafkaSettings, KeySettings, MongoSettings, OperationsSettings, Settings, TownSettings, load

ALL = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Settings) and value is not Settings]
SECRET = "an invented secret, long enough for the town"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for settings in ALL:
        for name in settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
            monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


@pytest.mark.parametrize("settings", ALL)
def test_every_setting_is_explained(settings: type[Settings]) -> None:
    """An operator reads what a setting means, in the words that stand beside it in the code."""
    assert [name for name, field in settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("settings", "name", "value", "said"),
    [
        (KafkaSettings, "KAFKA_PARTITIONS", "many", "KAFKA_PARTITIONS: Input should be a valid integer"),
        (KafkaSettings, "KAFKA_MIN_INSYNC_REPLICAS", "7", "KAFKA_MIN_INSYNC_REPLICAS must not exceed KAFKA_REPLICATION_FACTOR"),
        (KafkaSettings, "KAFKA_SECURITY_PROTOCOL", "TLS", "KAFKA_SECURITY_PROTOCOL: Input should be"),
        (KafkaSettings, "KAFKA_SASL_PASSWORD", "planted", "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together"),
        (KafkaSettings, "KAFKA_CA_FILE", "/none/planted.crt", "KAFKA_CA_FILE needs KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"),
        (MongoSettings, "MONGODB_TIMEOUT_SECONDS", "-1", "MONGODB_TIMEOUT_SECONDS: Input should be greater than 0"),
        (TownSettings, "TRACKING_NUMBER_SECRET", "short", "TRACKING_NUMBER_SECRET: must have at least 32 bytes"),
        (TownSettings, "TOWN_TIMEZONE", "Cary/Downtown", "TOWN_TIMEZONE: must be an IANA time zone"),
        (OperationsSettings, "LOG_LEVEL", "LOUD", "LOG_LEVEL: String should match pattern"),
        (OperationsSettings, "HEALTH_PORT", "70000", "HEALTH_PORT: Input should be less than or equal to 65535"),
        (KeySettings, "API_KEYS", "not-json-at-all", "api_keys"),
        (KeySettings, "API_KEYS", '[{"prefix": "planted"}]', "API_KEYS.0.sha256: Field required"),
    ],
)
def test_a_wrong_value_is_a_sentence(monkeypatch: pytest.MonkeyPatch, settings: type[Settings], name: str, value: str, said: str) -> None:
    """The sentence names the variable and what is wrong with it, never its value."""
    monkeypatch.setenv("TRACKING_NUMBER_SECRET", SECRET)
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load(settings)
    assert said in str(caught.value)
    if not value.lstrip("-").isdigit():
        assert value not in str(caught.value)
    assert "planted" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_an_authority_that_cannot_be_read_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None) -> None:
    """At the start, and not at the first connection; what is in the file is not told."""
    file = tmp_path / "ca.crt"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("KAFKA_CA_FILE", str(file))
    with pytest.raises(ConfigurationError, match="KAFKA_CA_FILE: no certificates can be read from it") as caught:
        load(KafkaSettings)
    assert "not a certificate" not in str(caught.value)


def test_a_missing_secret_is_a_sentence() -> None:
    """Without the town's secret nothing starts: a default would give numbers that cannot be kept."""
    with pytest.raises(ConfigurationError, match="TRACKING_NUMBER_SECRET: Field required"):
        load(TownSettings)


def test_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NAME_FILE names a file with the value, without the line end that editors add; JSON values too."""
    _, key = new_key("desk", frozenset({Scope.PHONE}))
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "keys").write_text(f"[{key.model_dump_json()}]\n")
    monkeypatch.setenv("TRACKING_NUMBER_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("API_KEYS_FILE", str(tmp_path / "keys"))
    assert load(TownSettings).tracking_number_secret.get_secret_value() == SECRET.encode()
    assert load(KeySettings).api_keys == (key,)


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """API_KEYS is the JSON list that the command prints entries for."""
    _, key = new_key("desk", frozenset({Scope.PHONE}))
    monkeypatch.setenv("API_KEYS", json.dumps([key.model_dump(mode="json")]))
    assert load(KeySettings).api_keys == (key,)
    monkeypatch.setenv("API_KEYS", "")
    assert load(KeySettings).api_keys == ()


def test_a_value_and_a_file_together_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which of the two would win is nothing to guess about a secret."""
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("TRACKING_NUMBER_SECRET", SECRET)
    monkeypatch.setenv("TRACKING_NUMBER_SECRET_FILE", str(tmp_path / "secret"))
    with pytest.raises(ConfigurationError, match="both set"):
        load(TownSettings)


@pytest.mark.parametrize("content", [None, b"\xff\xfe not utf-8", b"{no json"])
def test_an_unusable_file_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None) -> None:
    """A missing, binary or malformed file stops the start, and its content is not quoted."""
    path = tmp_path / "keys"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("API_KEYS_FILE", str(path))
    with pytest.raises(ConfigurationError, match="API_KEYS_FILE") as caught:
        load(KeySettings)
    assert "no json" not in str(caught.value)


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repr of the settings, in a log or a crash, shows neither the secret nor the connection string."""
    monkeypatch.setenv("TRACKING_NUMBER_SECRET", SECRET)
    monkeypatch.setenv("MONGODB_URI", "mongodb://user:planted@127.0.0.1/")
    shown = repr(load(TownSettings)) + repr(load(MongoSettings)) + str(load(MongoSettings))
    assert SECRET not in shown
    assert "planted" not in shown
