"""Files of a stack: for their owner alone, whole or not at all, and the secrets among them kept for ever."""

import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from local_stack.credentials import kept_credentials
from local_stack.places import Places, places, read_json, write_json
from local_stack.processes import StackError
from shared.api_keys import ApiKey, KeyRing, Scope


def test_the_folder_is_the_repositorys_or_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``CARY311_LOCAL`` moves everything, so that two stacks can live beside each other."""
    monkeypatch.setenv("CARY311_LOCAL", str(tmp_path / "other"))
    assert places().root == tmp_path / "other"
    monkeypatch.delenv("CARY311_LOCAL")
    assert places().root.name == ".local"


def test_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Keys are in it: whatever the umask and whatever was there, others cannot read it."""
    path = tmp_path / "run.json"
    path.write_text("{}")
    path.chmod(0o644)
    write_json(path, {"staff_key": "x"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"a":'])
def test_what_is_no_file_of_ours_is_none(tmp_path: Path, content: str) -> None:
    """A damaged file is as good as a missing one for whoever can make it anew."""
    path = tmp_path / "processes.json"
    assert read_json(path) is None
    path.write_text(content)
    assert read_json(path) is None


def test_credentials_are_made_once(tmp_path: Path) -> None:
    """Numbers and keys stay valid over restarts, and only their owner can read them."""
    path = Places(tmp_path).secrets_file
    made = kept_credentials(path)
    assert kept_credentials(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.tracking_number_secret != made.receipt_secret


def test_the_keys_are_those_that_services_are_given(tmp_path: Path) -> None:
    """The staff key and the Open311 key open what they should and nothing else."""
    made = kept_credentials(tmp_path / "secrets.json")
    told = TypeAdapter(tuple[ApiKey, ...]).validate_json(made.environment()["API_KEYS"])
    assert told == made.api_keys
    ring = KeyRing(told)
    scopes = {Scope.STAFF_READ, Scope.STAFF_WRITE, Scope.PHONE}, {Scope.OPEN311, Scope.OPEN311_UPDATE}
    for key, own in zip((made.staff_key, made.open311_key), scopes, strict=True):
        assert {scope for scope in Scope if ring.find(key, now=datetime.now(UTC), scope=scope)} == own


def test_no_secret_is_shown_by_accident(tmp_path: Path) -> None:
    """A stack trace or a log of the credentials shows none of them."""
    made = kept_credentials(tmp_path / "secrets.json")
    shown = repr(made)
    secrets = (made.tracking_number_secret, made.receipt_secret, made.staff_key, made.open311_key, *made.x_keys.values())
    assert not any(secret in shown for secret in secrets)


def test_secrets_of_an_older_version_stay(tmp_path: Path) -> None:
    """What it did not know is added once and kept; new numbers and keys would orphan all that was made with the old ones."""
    path = tmp_path / "secrets.json"
    older = kept_credentials(path)
    content = read_json(path)
    assert content is not None
    added = {name: content.pop(name) for name in ("email_token_secret", "mailbox_password", "x_keys")}
    write_json(path, content)
    newer = kept_credentials(path)
    assert replace(newer, **added) == older
    assert newer.email_token_secret != older.email_token_secret
    assert kept_credentials(path) == newer


@pytest.mark.parametrize("damage", ["", "{}", "null", '{"tracking_number_secret": "x"}', '{"api_keys": "7"}', '{"api_keys": "[{}]"}'])
def test_a_damaged_secrets_file_is_a_sentence(tmp_path: Path, damage: str) -> None:
    """New secrets would orphan every tracking number: it stops, and says which file and what to do."""
    path = tmp_path / "secrets.json"
    path.write_text(damage)
    with pytest.raises(StackError, match=r"secrets\.json is damaged.*clean-data"):
        kept_credentials(path)
    assert path.read_text() == damage
