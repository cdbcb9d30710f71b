"""The manifests of deploy/k8s as they reach a cluster: made by kustomize, and asked by kind and name."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
K8S = REPOSITORY / "deploy" / "k8s"
OVERLAYS = tuple(sorted(folder.name for folder in (K8S / "overlays").iterdir()))
WORKLOADS = ("Deployment", "StatefulSet")
PROCESSES = (*WORKLOADS, "CronJob")
"""The services, and where operators' commands run."""

Manifest = dict[str, Any]


@cache
def _kustomized(folder: Path) -> bytes:
    """What ``kubectl kustomize`` makes of a folder, read once: pickled it is copied in a tenth of the time that YAML takes."""
    kubectl = Path(sys.executable).parent / "kubectl"
    rendered = subprocess.run([kubectl, "kustomize", str(folder)], check=True, capture_output=True).stdout
    return pickle.dumps(tuple(yaml.safe_load_all(rendered)))


@dataclass(frozen=True, slots=True)
class Manifests:
    """Everything of one overlay."""

    all: tuple[Manifest, ...]

    def of(self, *kinds: str) -> Iterator[Manifest]:
        """Those of these kinds."""
        return (one for one in self.all if one["kind"] in kinds)

    def one(self, kind: str, name: str) -> Manifest:
        """One of them. Generated names are known without the digest at their end."""
        found = [one for one in self.of(kind) if name in {one["metadata"]["name"], one["metadata"]["name"].rpartition("-")[0]}]
        assert len(found) == 1, f"{kind} {name}: {len(found)}"
        return found[0]

    def settings(self, name: str) -> dict[str, str]:
        """The data of a ConfigMap."""
        return dict(self.one("ConfigMap", name)["data"])

    def environment(self, workload: Manifest) -> dict[str, str]:
        """What its process is told."""
        container = container_of(workload)
        told: dict[str, str] = {}
        for source in container["envFrom"]:
            told |= next(one["data"] for one in self.of("ConfigMap") if one["metadata"]["name"] == source["configMapRef"]["name"])
        return told | {one["name"]: one["value"] for one in container["env"]}

    def own_environment(self, workload: Manifest) -> dict[str, str]:
        """The same without what all are told alike."""
        common = self.settings("cary311-common")
        return {name: value for name, value in self.environment(workload).items() if common.get(name) != value}


def manifests_of(overlay: str) -> Manifests:
    """Anew at every call, so that a test may change them."""
    return Manifests(pickle.loads(_kustomized(K8S / "overlays" / overlay)))  # noqa: S301 - pickled above


def unused_components() -> tuple[str, ...]:
    """Parts that no overlay has, and that a town may add to its own."""
    used = "".join((K8S / "overlays" / overlay / "kustomization.yaml").read_text() for overlay in OVERLAYS)
    parts = sorted(part.name for part in (K8S / "components").iterdir() if part.name != "pod")
    return tuple(part for part in parts if f"components/{part}\n" not in used)


def manifests_with(component: str, folder: Path) -> Manifests:
    """Production with one more part, put together in an empty folder."""
    parts = {"resources": K8S / "overlays" / "production", "components": K8S / "components" / component}
    lines = {kind: [os.path.relpath(part, folder.resolve())] for kind, part in parts.items()}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(lines))
    return Manifests(pickle.loads(_kustomized(folder)))  # noqa: S301 - pickled above


def name_of(manifest: Manifest) -> str:
    """``metadata.name``."""
    return str(manifest["metadata"]["name"])


def pod_of(workload: Manifest) -> Manifest:
    """The specification of its pods."""
    pod: Manifest = _template_of(workload)["spec"]
    return pod


def container_of(workload: Manifest) -> Manifest:
    """The one container of its pods."""
    container: Manifest
    (container,) = pod_of(workload)["containers"]
    return container


def labels_of(workload: Manifest) -> Mapping[str, str]:
    """The labels of its pods."""
    labels: Mapping[str, str] = _template_of(workload)["metadata"]["labels"]
    return labels


def _template_of(workload: Manifest) -> Manifest:
    spec = workload["spec"]
    template: Manifest = spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]
    return template


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector means what has these labels."""
    exact: Mapping[str, str] = selector.get("matchLabels", {})
    listed = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in listed), "only In is used here"
    return exact.items() <= labels.items() and all(labels.get(one["key"]) in one["values"] for one in listed)
