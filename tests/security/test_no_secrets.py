"""No secrets in the repository, and a private secret key."""

import re
import stat
import subprocess
from pathlib import Path

import pytest

from digitsite.state_dir import load_secret_key
from tests.fixtures.site_process import ROOT

pytestmark = pytest.mark.slow

# Of what is long and random enough to be one; test passwords are words.
SECRETS = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    rb"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_\w{36,}"
    rb"|\bgithub_pat_\w{22,}"
    rb"|\bxox[abprs]-[\w-]{10,}"
    rb"|\bsk-[\w-]{32,}"
    rb"|\bds_[\w-]{43}\b"  # a key of this site
    rb"|(?i:secret_key|password|token)[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_-]{40,}[\"']"
)
PLANTED = [
    b"-----BEGIN OPENSSH PRIVATE KEY" + b"-----",
    b"key = AKIA" + b"ABCDEFGHIJKLMNOP",
    b"ds_" + b"a1B2" * 10 + b"xyz",
    b'SECRET_KEY = "' + b"k" * 50 + b'"',
]


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_the_repository_has_no_secrets() -> None:
    files = [path for path in _tracked() if path.is_file()]
    assert len(files) > 100
    assert [str(path) for path in files if SECRETS.search(path.read_bytes())] == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_the_repository_has_no_site_data() -> None:
    kept_private = {"secret-key", "admin-password", "db.sqlite3", ".env", "id_rsa"}
    assert not kept_private & {path.name for path in _tracked()}


@pytest.mark.parametrize("text", PLANTED)
def test_the_search_finds_a_secret(text: bytes) -> None:
    assert SECRETS.search(b"a line\n" + text + b"\n")


def test_the_secret_key_is_created_once_and_private(tmp_path: Path) -> None:
    made = load_secret_key(tmp_path)
    assert len(made) >= 64
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert load_secret_key(tmp_path) == made
    assert load_secret_key(_folder(tmp_path / "other")) != made


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
