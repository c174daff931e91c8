"""docker-compose.yml and the Dockerfile, compared with the code and the settings."""

import importlib.util
import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from digitsite.settings import env

ROOT = Path(__file__).resolve().parent.parent.parent
OWN_SERVICES = (
    "migrate",
    "web",
    "sweep",
    "beat",
    "worker-cpu",
    "worker-gpu",
    "background",
    "background-gpu",
)
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def stages() -> dict[str, str]:
    """Return the text of each stage of the Dockerfile, after the text of its base stages."""
    found: dict[str, str] = {}
    for part in re.split(r"^(?=FROM )", DOCKERFILE, flags=re.M)[1:]:
        base, name = re.findall(r"^FROM (\S+) AS (\S+)", part)[0]
        found[name] = found.get(base, "") + part
    return found


def copied_packages(stage: str) -> str:
    """Return the text of the stage from which `stage` copies its packages."""
    return stages()[re.findall(r"COPY --from=(\S+) /opt/venv", stages()[stage])[-1]]


@pytest.mark.parametrize("service", OWN_SERVICES)
def test_sets_only_known_settings(compose: dict[str, Any], service: str) -> None:
    assert set(compose["services"][service]["environment"]) <= set(env.declared)


WEB_ONLY = {
    "FORWARDED_ALLOW_IPS",
    "METRICS_TOKEN",
    *(name for name in env.declared if name.startswith(("EMAIL_", "OIDC_"))),
    "DEFAULT_FROM_EMAIL",
    "LOCAL_SIGN_IN",
}


def test_passes_every_setting_that_the_image_does_not_fix(compose: dict[str, Any]) -> None:
    settable = set(compose["services"]["web"]["environment"])
    fixed = {"DEBUG", "DIGITSITE_HOME", "PORT", "DEVICE", "STATIC_ROOT", "STATIC_SOURCES"}
    assert set(env.declared) - settable == fixed


@pytest.mark.parametrize("service", ["worker-cpu", "worker-gpu", "background", "beat"])
def test_workers_get_no_secrets_of_the_web_tier(compose: dict[str, Any], service: str) -> None:
    assert not set(compose["services"][service]["environment"]) & WEB_ONLY


def test_trusts_the_gateway_of_its_own_network_only(compose: dict[str, Any]) -> None:
    [network] = compose["networks"]["default"]["ipam"]["config"]
    gateway = network["gateway"].rpartition(":-")[2].rstrip("}")
    subnet = network["subnet"].rpartition(":-")[2].rstrip("}")
    assert ip_address(gateway) in ip_network(subnet)
    trusted = compose["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"]
    assert trusted == f"${{FORWARDED_ALLOW_IPS:-{network['gateway']}}}"
    assert re.search(r"^FORWARDED_ALLOW_IPS=$", (ROOT / ".env.example").read_text(), re.M)


def test_every_container_is_hardened(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        assert "/tmp" in service["tmpfs"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
    for name in ("postgres", "redis"):
        assert compose["services"][name]["user"] == name


def test_only_the_database_server_has_the_password_of_its_superuser(
    compose: dict[str, Any],
) -> None:
    for name, service in compose["services"].items():
        uses = [
            value for value in service["environment"].values() if "ADMIN_PASSWORD" in str(value)
        ]
        assert bool(uses) == (name == "postgres")


def test_stores_are_durable_and_have_health_checks(compose: dict[str, Any]) -> None:
    redis, postgres = compose["services"]["redis"], compose["services"]["postgres"]
    assert redis["command"][1:5] == ["--appendonly", "yes", "--maxmemory-policy", "noeviction"]
    for store in (redis, postgres):
        assert store["volumes"]
        assert store["healthcheck"]["test"]


def test_only_gpu_services_reserve_a_gpu(compose: dict[str, Any]) -> None:
    reserving = {name for name, it in compose["services"].items() if "deploy" in it}
    assert reserving == {"worker-gpu", "background-gpu"}
    for name in reserving:
        assert compose["services"][name]["build"]["target"] == "worker-cuda"
        assert compose["services"][name]["profiles"] == ["gpu"]
    for name in ("worker-cpu", "background"):
        assert compose["services"][name]["profiles"] == ["cpu"]


def test_background_has_a_low_cpu_share(compose: dict[str, Any]) -> None:
    default = 1024
    for name in ("background", "background-gpu"):
        assert compose["services"][name]["cpu_shares"] < default / 10


def test_secrets_have_no_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "POSTGRES_ADMIN_PASSWORD", "REDIS_PASSWORD"):
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)
        assert re.search(rf"^{name}=$", (ROOT / ".env.example").read_text(), re.M)


def test_build_targets_are_in_the_dockerfile(compose: dict[str, Any]) -> None:
    targets = {it["build"]["target"] for it in compose["services"].values() if "build" in it}
    assert targets == {"web", "worker-cpu", "background", "worker-cuda"}
    assert targets <= set(stages())


@pytest.mark.parametrize(
    ("stage", "files"),
    [
        ("web", {"web"}),
        ("worker-cpu", {"web", "worker"}),
        ("background", {"web", "worker", "torch-cpu", "train"}),
        ("worker-cuda", {"web", "worker", "torch-cuda", "train"}),
    ],
)
def test_images_install_locked_packages_only(stage: str, files: set[str]) -> None:
    installed = set(re.findall(r"-r requirements/([\w-]+)\.txt", copied_packages(stage)))
    assert installed == files
    assert all((ROOT / "requirements" / f"{name}.txt").is_file() for name in files)


@pytest.mark.parametrize("package", ["torch", "numpy", "onnxruntime"])
def test_web_image_has_no_ml_package(package: str) -> None:
    assert not re.search(rf"^{package}==", (ROOT / "requirements/web.txt").read_text(), re.M | re.I)


def test_copied_files_and_started_modules_exist(compose: dict[str, Any]) -> None:
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M):
        assert all((ROOT / source).exists() for source in line.split()), line
    for module in re.findall(r"(?:digitsite|workers)(?:\.\w+)+", DOCKERFILE):
        assert importlib.util.find_spec(module), module
    commands = [
        it["command"][2] for name, it in compose["services"].items() if name in ("migrate", "sweep")
    ]
    assert commands == ["migrate", "sweep"]


def test_no_image_runs_as_root() -> None:
    for name in ("web", "worker-cpu", "background", "worker-cuda"):
        assert "USER digitsite" in stages()[name]
