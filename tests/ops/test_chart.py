"""The Helm chart and the plain manifests, compared with Kubernetes' schemas, images and settings.

tools/render_chart.py renders the chart: neither Helm nor a cluster is used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from digitsite.launcher.supervisor_config import PROGRAMS
from digitsite.settings import env
from tests.project.test_compose import WEB_ONLY, stages
from tools.render_chart import format_manifests, render_chart

ROOT = Path(__file__).resolve().parents[2]
Object = dict[str, Any]
CUSTOM_KINDS = {"ScaledObject", "PodMonitor"}
AWS_VARIABLES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
"""boto3 reads these (docs/deploy.md)."""
EVERYTHING: dict[str, Any] = {
    "image": {"registry": "registry.example/team/", "pullSecrets": [{"name": "registry"}]},
    "processes": {"recognition-gpu": {"enabled": True}, "background-gpu": {"enabled": True}},
    "networkPolicy": {"stores": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]},
    "files": {"storageClass": "shared"},
    "keda": {"enabled": True},
    "podMonitor": {"enabled": True},
}
PROGRAM_OF = {
    "web": "web",
    "recognition": "worker",
    "recognition-gpu": "worker",
    "heavy": "heavy",
    "background": "background",
    "background-gpu": "background",
    "beat": "beat",
    "sweep": "sweep",
}


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    return render_chart(EVERYTHING)


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    """Return the objects of a kind by the name of their process."""
    return {
        it["metadata"]["labels"]["app.kubernetes.io/component"]: it
        for it in objects
        if it["kind"] == kind
    }


def pods(objects: list[Object]) -> Iterator[tuple[str, Object, Object]]:
    """Yield the process, the pod and its container, of all Deployments and Jobs."""
    for kind in ("Deployment", "Job"):
        for name, it in of_kind(objects, kind).items():
            pod = it["spec"]["template"]["spec"]
            [container] = pod["containers"]
            yield name, pod, container


@pytest.mark.parametrize("version", ["1.27", "1.31", "1.35"])
@pytest.mark.parametrize("overrides", [{}, EVERYTHING], ids=["default", "everything"])
def test_objects_match_the_schemas(version: str, overrides: dict[str, Any]) -> None:
    checked = [it for it in render_chart(overrides) if it["kind"] not in CUSTOM_KINDS]
    assert len(checked) > 10
    for it in checked:
        kubernetes_validate.validate(it, version, strict=True)


def test_the_schemas_refuse_an_unknown_field(objects: list[Object]) -> None:
    deployment = of_kind(objects, "Deployment")["web"]
    deployment = {**deployment, "spec": {**deployment["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(deployment, "1.31", strict=True)


def test_plain_manifests_are_the_rendered_chart() -> None:
    written = (ROOT / "ops/kubernetes/digitsite.yaml").read_text()
    assert written == format_manifests(render_chart())


def test_runs_every_process_but_the_broker(objects: list[Object]) -> None:
    deployments = of_kind(objects, "Deployment")
    assert set(deployments) == set(PROGRAM_OF)
    assert set(PROGRAM_OF.values()) == set(PROGRAMS) - {"broker"}


def test_commands_equal_make_run(objects: list[Object]) -> None:
    for name, _, container in pods(objects):
        if name in ("web", "recognition", "recognition-gpu", "background"):
            assert "args" not in container  # the images start these
        elif name in ("sweep", "migrate"):
            assert container["args"][:3] == ["python", "manage.py", name]
        else:
            assert " ".join(container["args"]) == PROGRAMS[PROGRAM_OF[name]]


def test_images_are_built_by_the_dockerfile(objects: list[Object]) -> None:
    prefix = "registry.example/team/digitsite-"
    built = {container["image"] for _, _, container in pods(objects)}
    names = {image.removeprefix(prefix).partition(":")[0] for image in built}
    assert all(image.startswith(prefix) for image in built)
    assert names == {"web", "worker-cpu", "background", "worker-cuda"}
    assert names <= set(stages())


def test_every_environment_variable_is_a_setting(objects: list[Object]) -> None:
    for name, _, container in pods(objects):
        variables = [it["name"] for it in container["env"]]
        assert set(variables) <= set(env.declared) | AWS_VARIABLES, name
        assert len(variables) == len(set(variables)), name


def test_workers_get_no_secrets_of_the_web_tier(objects: list[Object]) -> None:
    for name, _, container in pods(objects):
        got = {it["name"] for it in container["env"]} & WEB_ONLY
        assert bool(got) == (name in ("web", "sweep", "migrate"))


def test_secrets_are_references(objects: list[Object]) -> None:
    secret = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "METRICS_TOKEN", "EMAIL_HOST_PASSWORD"}
    for _, _, container in pods(objects):
        for it in container["env"]:
            if it["name"] in secret | AWS_VARIABLES:
                assert "valueFrom" in it
    assert "Secret" not in {it["kind"] for it in objects}


def test_containers_are_hardened(objects: list[Object]) -> None:
    for name, pod, container in pods(objects):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {it["mountPath"] for it in container["volumeMounts"]} == {
            "/home/digitsite/home",
            "/tmp",
        }
        user = f"--uid {pod['securityContext']['runAsUser']} digitsite"
        assert user in (ROOT / "Dockerfile").read_text(), name


def test_variables_of_services_are_off(objects: list[Object]) -> None:
    """Kubernetes would set DIGITSITE_WEB_PORT, which the site refuses as an unknown setting."""
    assert [name for name, pod, _ in pods(objects) if pod["enableServiceLinks"]] == []


def test_every_container_requests_resources(objects: list[Object]) -> None:
    for name, _, container in pods(objects):
        resources = container["resources"]
        assert set(resources["requests"]) == {"cpu", "memory"}, name
        assert resources["limits"]["memory"], name
        assert ("nvidia.com/gpu" in resources["limits"]) == name.endswith("-gpu"), name


def test_web_and_recognition_have_probes_and_budgets(objects: list[Object]) -> None:
    probed = {name for name, _, it in pods(objects) if "livenessProbe" in it}
    assert probed == {"web", "recognition", "recognition-gpu"}
    assert set(of_kind(objects, "PodDisruptionBudget")) == {"web", "recognition"}
    [web] = [container for name, _, container in pods(objects) if name == "web"]
    assert web["startupProbe"]["httpGet"]["path"] == "/readyz"
    # An outage of Redis must not take all pods out of service: they still store drawings.
    assert web["readinessProbe"]["httpGet"]["path"] == "/healthz"


def test_only_web_processes_accept_connections(objects: list[Object]) -> None:
    policies = of_kind(objects, "NetworkPolicy")
    assert set(policies) == set(PROGRAM_OF)
    for name, policy in policies.items():
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
        assert bool(policy["spec"]["ingress"]) == (name == "web")
        ports = {it["port"] for rule in policy["spec"]["egress"] for it in rule["ports"]}
        assert (587 in ports) == (name in ("web", "sweep"))


def test_one_beat_runs_at_a_time(objects: list[Object]) -> None:
    beat = of_kind(objects, "Deployment")["beat"]["spec"]
    assert (beat["replicas"], beat["strategy"]["type"]) == (1, "Recreate")


def test_migrations_run_before_an_upgrade(objects: list[Object]) -> None:
    job = of_kind(objects, "Job")["migrate"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    # A hook runs before the other objects exist: it may not need the claim.
    volumes = {it["name"]: it for it in job["spec"]["template"]["spec"]["volumes"]}
    assert volumes["home"]["emptyDir"] == {}


def test_queue_age_scales_recognition(objects: list[Object]) -> None:
    [(name, scaled)] = of_kind(objects, "ScaledObject").items()
    [trigger] = scaled["spec"]["triggers"]
    assert "digitsite_queue_age_seconds" in trigger["metadata"]["query"]
    assert scaled["spec"]["scaleTargetRef"]["name"] == f"digitsite-{name}"
    assert "replicas" not in of_kind(objects, "Deployment")["recognition"]["spec"]
    assert of_kind(render_chart(), "Deployment")["recognition"]["spec"]["replicas"] == 2


def test_a_bucket_replaces_the_claim() -> None:
    bucket = render_chart({"settings": {"STORAGE_URL": "s3://digits/files"}})
    assert "PersistentVolumeClaim" not in {it["kind"] for it in bucket}
    for _, pod, _ in pods(bucket):
        assert all("emptyDir" in volume for volume in pod["volumes"])
    existing = render_chart({"files": {"existingClaim": "shared"}})
    assert "PersistentVolumeClaim" not in {it["kind"] for it in existing}
    for name, pod, _ in pods(existing):
        claims = [it["persistentVolumeClaim"] for it in pod["volumes"] if "emptyDir" not in it]
        assert claims == ([] if name == "migrate" else [{"claimName": "shared"}])


def test_selectors_find_the_pods(objects: list[Object]) -> None:
    labels = {
        name: it["spec"]["template"]["metadata"]["labels"]
        for name, it in of_kind(objects, "Deployment").items()
    }
    for it in objects:
        spec = it["spec"]
        selector = spec.get("podSelector") or spec.get("selector")
        if selector:
            component = it["metadata"]["labels"]["app.kubernetes.io/component"]
            wanted = selector.get("matchLabels", selector)
            assert wanted.items() <= labels[component].items()
