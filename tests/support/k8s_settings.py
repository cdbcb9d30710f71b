"""What the processes are told, held against the code, and where their secrets come from. Each check gives its complaints."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import certifi
from pydantic import SecretBytes, SecretStr

from intake_email.settings import IntakeEmailSettings
from intake_social.settings import IntakeSocialSettings
from intake_web.settings import IntakeWebSettings
from normalizer.settings import NormalizerSettings
from shared.errors import ConfigurationError
from shared.settings import KafkaSettings, MongoSettings, OperationsSettings, Settings, load
from support.environments import only_environment
from support.k8s_manifests import PROCESSES, Manifest, Manifests, container_of, name_of, pod_of
from tracker.settings import ProjectSettings, ServeSettings, StoreSettings

SETTINGS: Mapping[str, tuple[type[Settings], ...]] = {
    "intake-web": (IntakeWebSettings,),
    "intake-email": (IntakeEmailSettings,),
    "intake-social": (IntakeSocialSettings,),
    "normalizer": (NormalizerSettings,),
    "tracker-project": (KafkaSettings, MongoSettings, OperationsSettings, StoreSettings, ProjectSettings),
    "tracker-serve": (ServeSettings,),
    "operators": (KafkaSettings, MongoSettings, StoreSettings, ProjectSettings),
}
SECRET_ALTHOUGH_PLAIN = frozenset({"API_KEYS", "MAILBOXES", "SMTP_USER"})
"""Settings whose type does not say that they hold secrets, or names that open doors."""
MAILBOX = {"name": "town", "host": "imap.example.org", "user": "311", "password": "invented", "own_addresses": ["311@example.org"]}
CONTENTS = {
    "API_KEYS": "[]",
    "MAILBOXES": json.dumps([MAILBOX]),
    "MONGODB_URI": "mongodb://mongodb.example.org/",
    "X_ACCOUNT_IDS": '["12345"]',
    "kafka-ca.crt": Path(certifi.where()).read_text(),
}
"""Of the mounted files, invented; whatever is not named here has forty letters."""


def every_setting_is_known(manifests: Manifests) -> Iterator[str]:
    """A misspelt variable would silently do nothing."""
    everybodys = {name for name in SETTINGS for name in _known(name)}
    yield from (f"common: nobody has a setting {name}" for name in manifests.settings("cary311-common").keys() - everybodys)
    for workload in manifests.of(*PROCESSES):
        name = name_of(workload)
        own = manifests.own_environment(workload).keys()
        yield from (f"{name}: has no setting {variable}" for variable in sorted(own - _known(name)))


def every_setting_without_default_is_given(manifests: Manifests) -> Iterator[str]:
    """Or the process would not start."""
    for workload in manifests.of(*PROCESSES):
        told = manifests.environment(workload).keys()
        for settings in SETTINGS[name_of(workload)]:
            required = {name.upper() for name, field in settings.model_fields.items() if field.is_required()}
            yield from (f"{name_of(workload)}: {name} is not given" for name in sorted(required) if not {name, f"{name}_FILE"} & told)


def the_processes_would_start(manifests: Manifests) -> Iterator[str]:
    """The settings classes take what the manifests say, with invented secrets in the mounted files."""
    for workload in manifests.of(*PROCESSES):
        with TemporaryDirectory() as folder, only_environment(_as_mounted(manifests, workload, Path(folder))):
            for settings in SETTINGS[name_of(workload)]:
                try:
                    load(settings)
                except ConfigurationError as error:
                    yield f"{name_of(workload)}: {error}"


def secrets_come_from_secrets(manifests: Manifests) -> Iterator[str]:
    """No secret is a value in a manifest: it is a file out of a Secret that the pod mounts."""
    yield from (f"Secret {name_of(secret)} is in the manifests" for secret in manifests.of("Secret"))
    for workload in manifests.of(*PROCESSES):
        name, files = name_of(workload), set(_mounted(workload))
        told = manifests.environment(workload)
        secret = {field for settings in SETTINGS[name] for field in _secret_fields(settings)}
        yield from (f"{name}: {variable} is written in a manifest" for variable in sorted(secret & told.keys()))
        for variable, value in told.items():
            if value.startswith("/run/secrets/") and value not in files:
                yield f"{name}: {variable} names {value}, which no Secret gives"


def every_secret_is_made(manifests: Manifests) -> Iterator[str]:
    """Where Secrets come from a vault, each key that a pod mounts is fetched, or made by an operator."""
    made = {(name_of(user), "password") for user in manifests.of("KafkaUser")}
    made |= {(f"{name_of(kafka)}-cluster-ca-cert", "ca.crt") for kafka in manifests.of("Kafka")}
    made |= {(f"{name_of(mongodb)}-ssl", "ca.crt") for mongodb in manifests.of("PerconaServerMongoDB")}
    fetched = list(manifests.of("ExternalSecret"))
    for secret in fetched:
        target = secret["spec"]["target"]
        keys = {one["secretKey"] for one in secret["spec"]["data"]} | target.get("template", {}).get("data", {}).keys()
        made |= {(target["name"], key) for key in keys}
    if not fetched:
        return
    for workload in manifests.of(*PROCESSES):
        wanted = {(secret, key) for secret, key, _ in _sources(workload)}
        yield from (f"{name_of(workload)}: nobody makes {key} of Secret {secret}" for secret, key in sorted(wanted - made))
    for mongodb in manifests.of("PerconaServerMongoDB"):
        wanted = {(user["passwordSecretRef"]["name"], user["passwordSecretRef"]["key"]) for user in mongodb["spec"]["users"]}
        yield from (f"MongoDB: nobody makes {key} of Secret {secret}" for secret, key in sorted(wanted - made))


def databases_belong_to_their_services(manifests: Manifests) -> Iterator[str]:
    """Who has a database is a user of MongoDB, writes its own and the files, and reads no other's; the tracker's HTTP writes nothing."""
    own = {"intake-email": {"intake_email"}, "intake-social": {"intake_social"}, "tracker-project": {"tracker"}, "operators": {"tracker"}}
    for mongodb in manifests.of("PerconaServerMongoDB"):
        users = {user["name"]: user["roles"] for user in mongodb["spec"]["users"]}
        with_database = {name_of(one) for one in manifests.of(*PROCESSES) if "MONGODB_URI_FILE" in manifests.environment(one)} | {
            "operators"
        }
        if users.keys() != with_database:
            yield f"MongoDB has users {sorted(users)}, the processes are {sorted(with_database)}"
        for name, roles in users.items():
            writes = {role["db"] for role in roles if role["name"] != "read"}
            if writes - {"attachments"} != own.get(name, set()):
                yield f"MongoDB: {name} may write {sorted(writes)}"


def _known(workload: str) -> set[str]:
    names = {field.upper() for settings in SETTINGS[workload] for field in settings.model_fields}
    return names | {f"{name}_FILE" for name in names}


def _secret_fields(settings: type[Settings]) -> Iterator[str]:
    for name, field in settings.model_fields.items():
        if _is_secret(field.annotation) or name.upper() in SECRET_ALTHOUGH_PLAIN:
            yield name.upper()


def _is_secret(annotation: Any) -> bool:  # noqa: ANN401 - whatever a field may be
    return annotation in {SecretStr, SecretBytes} or any(_is_secret(part) for part in getattr(annotation, "__args__", ()))


def _sources(workload: Manifest) -> Iterator[tuple[str, str, str]]:
    """Secret, key and path of everything that is mounted."""
    places = {mount["name"]: mount["mountPath"] for mount in container_of(workload)["volumeMounts"]}
    for volume in pod_of(workload)["volumes"]:
        for source in volume.get("projected", {}).get("sources", []):
            for item in source["secret"]["items"]:
                yield source["secret"]["name"], item["key"], f"{places[volume['name']]}/{item['path']}"


def _mounted(workload: Manifest) -> Iterator[str]:
    return (path for _, _, path in _sources(workload))


def _as_mounted(manifests: Manifests, workload: Manifest, folder: Path) -> dict[str, str]:
    """The environment of a process, its secrets as files in ``folder``."""
    told = manifests.environment(workload)
    for path in _mounted(workload):
        file = folder / path.rpartition("/")[2]
        file.write_text(CONTENTS.get(file.name, "x" * 40))
    return {name: value.replace("/run/secrets/cary311", str(folder)) for name, value in told.items()}
