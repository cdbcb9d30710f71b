"""The fields of operators' resources, held against what was looked up about them (``deploy/k8s/crds.yaml``)."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from support.k8s_manifests import K8S, Manifests, name_of

KUBERNETES = ("v1", "apps/v1", "batch/v1", "policy/v1", "autoscaling/v2", "networking.k8s.io/v1")
"""Whose schemas kubernetes-validate has (``make k8s-check``)."""
TYPES: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool}


def fields_are_known(manifests: Manifests) -> Iterator[str]:
    """A field that nobody reads does nothing, and a cluster refuses it, late."""
    known: Mapping[str, Any] = yaml.safe_load((K8S / "crds.yaml").read_text())
    for manifest in manifests.all:
        if manifest["apiVersion"] in KUBERNETES:
            continue
        kind = f"{manifest['apiVersion']}/{manifest['kind']}"
        if kind not in known:
            yield f"{kind} {name_of(manifest)}: nobody looked up its fields"
            continue
        yield from (f"{kind} {name_of(manifest)}: {what}" for what in _unlike(manifest["spec"], known[kind]["spec"], "spec"))


def _unlike(value: Any, form: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - YAML
    match form, value:
        case "any", _:
            return
        case dict(), dict():
            yield from (f"{path}.{name} is unknown" for name in value.keys() - form.keys())
            for name in value.keys() & form.keys():
                yield from _unlike(value[name], form[name], f"{path}.{name}")
        case [item], list():
            for ordinal, one in enumerate(value):
                yield from _unlike(one, item, f"{path}[{ordinal}]")
        case str(), _ if form in TYPES:
            if type(value) is not TYPES[form]:
                yield f"{path} is no {form}"
        case str(), _ if value in form.split("|"):
            return
        case _:
            yield f"{path} is {value!r}, not {form}"
