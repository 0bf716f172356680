"""The compose file, which cannot be started here: its form, its references, and that no secret is written in it.

The form is that of the Compose Specification, for the words that our file uses; any other word is refused.
"""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from flows.deploying import POOL
from hemoflow import __version__

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deployments"
WORDS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
SERVICE = {
    "type": "object",
    "required": ["image", "restart", "environment"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string", "pattern": r"^[a-z0-9./-]+:[0-9][a-z0-9.-]*$"},
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
        },
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "entrypoint": WORDS,
        "command": WORDS,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^127\.0\.0\.1:\d+:\d+$"}},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": r"^[\w./-]+:/[\w./-]+(:ro)?$"}},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "additionalProperties": False,
                "properties": {
                    "condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]}
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "required": ["test"],
            "additionalProperties": False,
            "properties": {
                "test": {"type": "array", "prefixItems": [{"enum": ["CMD", "CMD-SHELL", "NONE"]}]},
                "interval": {"type": "string", "pattern": r"^\d+s$"},
                "timeout": {"type": "string", "pattern": r"^\d+s$"},
                "retries": {"type": "integer", "minimum": 1},
            },
        },
    },
}
COMPOSE = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    },
}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))


def test_the_file_has_the_form_of_the_specification(compose):
    jsonschema.validate(compose, COMPOSE)
    assert {"postgres", "server", "worker", "cockpit"} <= compose["services"].keys()


def test_a_word_that_compose_does_not_know_is_found(compose):
    broken = {**compose["services"]["worker"], "depend_on": {}}
    with pytest.raises(jsonschema.ValidationError, match="depend_on"):
        jsonschema.validate({**compose, "services": {**compose["services"], "worker": broken}}, COMPOSE)


def test_what_it_refers_to_exists(compose):
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, name
            assert how["condition"] != "service_healthy" or "healthcheck" in services[other], other
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (FOLDER / source).is_file() if source.startswith("./") else source in compose["volumes"], volume
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert POOL in services["worker"]["command"]
    copied = re.findall(r"^COPY (?!\.)(\S+)", (FOLDER / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert copied
    assert all((ROOT / name).exists() for name in copied)


def test_secrets_come_from_the_environment_and_their_names_are_in_the_example(compose):
    example = (FOLDER / "server.env.example").read_text(encoding="utf-8")
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+):\?", text))
    assert asked == {"PREFECT_AUTH", "POSTGRES_PASSWORD", "HEMOFLOW_PSEUDONYM_KEY"}
    assert all(f"\n{name}=\n" in example for name in asked), "named there, and empty"
    given = set(re.findall(r"\$\{(\w+:-[^}]+)", text))
    assert all(f"\n{entry.replace(':-', '=')}\n" in example for entry in given), "named there, with what holds without"
    assert len(asked) + len(given) == len(set(re.findall(r"\$\{(\w+)", text)))
    for service in compose["services"].values():
        secret = {key: value for key, value in service["environment"].items() if re.search("PASSWORD|AUTH|_KEY", key)}
        assert all(value.startswith("${") for value in secret.values()), secret
    server, worker = (compose["services"][name]["environment"] for name in ("server", "worker"))
    assert server["PREFECT_SERVER_API_AUTH_STRING"] == worker["PREFECT_API_AUTH_STRING"]


def test_on_kubernetes_the_same_is_started_by_the_same_words(compose):
    manifests = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text(encoding="utf-8")))
    claims = {each["metadata"]["name"] for each in manifests if each["kind"] == "PersistentVolumeClaim"}
    pods = [each["spec"]["template"]["spec"] for each in manifests if each["kind"] in {"Job", "Deployment"}]
    assert len(pods) == 3
    for pod in pods:
        (container,) = pod["containers"]
        service = compose["services"][container["name"]]
        assert container["image"] == service["image"]
        started = service.get("entrypoint", ["hemoflow"]) + service["command"]
        assert container["command"] + container["args"] == started
        (mount,), (volume,) = container["volumeMounts"], pod["volumes"]
        assert f"{mount['name']}:{mount['mountPath']}" in service["volumes"]
        assert volume["persistentVolumeClaim"]["claimName"] in claims


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes.yaml", "Dockerfile"])
def test_the_image_is_that_of_this_version(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert set(re.findall(r"\bhemoflow:(\d[\w.]*)", text)) == {__version__}
