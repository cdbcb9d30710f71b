"""``make k8s-check``: the field's own tools on the Dockerfiles and on every rendered overlay. One failure does not hide the next.

What the manifests have to do with the code is checked by ``tests/contract/test_k8s.py``, within ``make test``.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
K8S = REPOSITORY / "deploy" / "k8s"
KUBERNETES = "1.35"
KUBECTL = Path(sys.executable).parent / "kubectl"


def main() -> int:
    """The exit code: 0 when all passed."""
    tools = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        rendered = [_rendered(overlay, Path(folder)) for overlay in sorted((K8S / "overlays").iterdir())]
        failed = [name for name, command in _checks(tools, rendered, Path(folder)) if _run(name, command)]
    print(f"k8s-check: {'failed: ' + ', '.join(failed) if failed else 'all passed'}")
    return int(bool(failed))


def _rendered(overlay: Path, folder: Path) -> Path:
    made = folder / f"{overlay.name}.yaml"
    done = subprocess.run([KUBECTL, "kustomize", str(overlay)], check=True, capture_output=True, text=True)
    made.write_text(done.stdout)
    return made


def _checks(tools: Path, rendered: list[Path], folder: Path) -> Iterator[tuple[str, list[str]]]:
    yield "hadolint", [str(tools / "hadolint"), *map(str, sorted(REPOSITORY.glob("services/*/Dockerfile")))]
    yield (
        "yamllint",
        [str(tools / "yamllint"), "--strict", "--config-file", str(K8S / ".yamllint.yaml"), str(K8S), str(K8S.parent / "compose")],
    )
    # Of Kubernetes alone: what is of operators is held by deploy/k8s/crds.yaml, within `make test`.
    options = ["--strict", "--quiet", "--no-warn", "-k", KUBERNETES]
    for file in rendered:
        yield f"schemas of {file.stem}", [str(tools / "kubernetes-validate"), *options, str(file)]
    yield "policies", [str(tools / "checkov"), "--config-file", str(K8S / ".checkov.yaml"), "--directory", str(folder)]


def _run(name: str, command: list[str]) -> int:
    print(f"=== {name}", flush=True)
    return subprocess.run(command, check=False, cwd=REPOSITORY).returncode


if __name__ == "__main__":
    sys.exit(main())
