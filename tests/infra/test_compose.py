"""infra/compose.yaml and its Dockerfile hold together, as far as a parser can say."""

import copy
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.lake.settings import PREFIX, Settings
from orchestration import dagster_home

ROOT = Path(__file__).resolve().parent.parent.parent
INFRA = ROOT / "infra"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE = (INFRA / "Dockerfile").read_text()
EXAMPLE = (INFRA / "compose.env.example").read_text()
SERVICES = (INFRA / "services.sh").read_text()
# a tag with a version or a date in it, and nothing that moves
PINNED = re.compile(r"[a-z0-9./-]+:(RELEASE\.\d{4}-[\dTZ-]+|\d+\.\d+[\w.-]*)")
VARIABLE = re.compile(r"(?<!\$)\$(?:\{(\w+)(:?[-?+][^}]*)?\}|(\w+))")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_USER$|ACCESS_KEY")
ONCE = "service_completed_successfully"
Document = dict[str, Any]
Check = Callable[[Document], Iterator[str]]


@pytest.fixture(scope="module")
def compose() -> Document:
    return yaml.safe_load((INFRA / "compose.yaml").read_text())


def conditions(compose: Document) -> Iterator[tuple[str, str, str]]:
    """(service, the one it waits for, the condition)"""
    for name, service in compose["services"].items():
        for other, wait in service.get("depends_on", {}).items():
            yield name, other, wait["condition"]


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = node.values()
    elif not isinstance(node, list):
        yield str(node)
        return
    for one in node:
        yield from strings(one)


def references(compose: Document) -> Iterator[str]:
    for name, other, _ in conditions(compose):
        if other not in compose["services"]:
            yield f"{name} waits for {other}, which is no service"
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                if not (INFRA / source).is_file():
                    yield f"{name} mounts {source}, which does not exist"
            elif source not in compose["volumes"]:
                yield f"{name} mounts {source}, which is no volume"
        for network in service.get("networks", []):
            if network not in compose.get("networks", {}):
                yield f"{name} is in {network}, which is no network"
        build = service.get("build")
        if build and not (INFRA / build["context"] / build["dockerfile"]).is_file():
            yield f"{name} is built from a file that does not exist"
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    }
    for volume in compose["volumes"].keys() - used:
        yield f"nobody mounts the volume {volume}"


def health(compose: Document) -> Iterator[str]:
    once = {other for _, other, condition in conditions(compose) if condition == ONCE}
    for name, other, condition in conditions(compose):
        if condition == "service_healthy" and "healthcheck" not in compose["services"][other]:
            yield f"{name} waits for the health of {other}, which has no check"
        if condition not in {"service_healthy", ONCE}:
            yield f"{name} waits for {other} without a condition that says it works"
    for name, service in compose["services"].items():
        if name not in once and "healthcheck" not in service:
            yield f"{name} stays and has no health check"
        if service.get("restart") != ("on-failure" if name in once else "unless-stopped"):
            yield f"{name} has the wrong restart policy"
        if "mem_limit" not in service:
            yield f"{name} has no memory limit"


def images(compose: Document) -> Iterator[str]:
    built = {one["image"] for one in compose["services"].values() if "build" in one}
    for name, service in compose["services"].items():
        if not PINNED.fullmatch(service["image"]):
            yield f"{name}'s image {service['image']} is not pinned"
        ours = service["image"].startswith("tapewatch:")
        if ours and service["image"] not in built:
            yield f"{name}'s image {service['image']} is built by nobody"
        if ours and service["image"] != f"tapewatch:{PROJECT['project']['version']}":
            yield f"{name}'s image is not of the version in pyproject.toml"
    for service, repository, constant in [
        ("kafka", "apache/kafka", "KAFKA"),
        ("registry", "apicurio/apicurio-registry", "REGISTRY"),
    ]:
        found = re.search(rf"^{constant}=(\S+)$", SERVICES, re.MULTILINE)
        assert found, f"infra/services.sh names no {constant}"
        if compose["services"][service]["image"] != f"{repository}:{found[1]}":
            yield f"{service} is not the version of infra/services.sh"


def ports(compose: Document) -> Iterator[str]:
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", str(port)):
                yield f"{name} publishes {port} to others than this machine"
        if service.get("network_mode") == "host":
            yield f"{name} shares the network of the host"


def variables(compose: Document) -> Iterator[str]:
    documented = set(re.findall(r"^(\w+)=$", EXAMPLE, re.MULTILINE))
    used: set[str] = set()
    for text in strings(compose):
        for braced, form, bare in VARIABLE.findall(text):
            name = braced or bare
            used.add(name)
            if name not in documented:
                yield f"{name} is not in compose.env.example"
            if SECRET.search(name) and not re.match(r":\?.+", form):
                yield f"{name} is a secret and not required"
            if not form:
                yield f"{name} is neither required nor has a default"
    for name in documented - used:
        yield f"{name} is in compose.env.example and used nowhere"


def secrets(compose: Document) -> Iterator[str]:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            kept = re.search(r"PASSWORD|SECRET|TOKEN|ROOT_USER|ACCESS_KEY", variable)
            if kept and not re.fullmatch(r"\$\{\w+:\?[^}]+\}", str(value)):
                yield f"{name} has a secret in the file: {variable}"
            if re.search(r"password=(?!\$\{)|//\w+:(?!\$\{)[^@/]+@", str(value)):
                yield f"{name} has a password in an address: {variable}"


def settings(compose: Document) -> Iterator[str]:
    fields = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    for name, service in compose["services"].items():
        environment = service.get("environment", {})
        for variable in environment:
            if variable.startswith(PREFIX) and variable not in fields:
                yield f"{name} sets {variable}, which is no setting"
        home = environment.get(f"{PREFIX}HOME")
        if home and environment["DAGSTER_HOME"] != f"{home}/dagster":
            yield f"{name}: Dagster's home is not the one of the settings"
        if home and f"home:{home}" not in service.get("volumes", []):
            yield f"{name}: the home is on no volume"


def addresses(compose: Document) -> Iterator[str]:
    """Every host:port that one of ours is told is a service that listens there."""
    environment = compose["services"]["code"]["environment"]
    parts = {
        "kafka": (environment["TAPEWATCH_KAFKA_BOOTSTRAP"], "kafka:9092"),
        "registry": (environment["TAPEWATCH_SCHEMA_REGISTRY"], "//registry:8080/"),
        "minio": (environment["TAPEWATCH_S3_ENDPOINT"], "//minio:9000"),
        "postgres": (environment["TAPEWATCH_DAGSTER_DATABASE"], "@postgres:5432/"),
    }
    for service, (told, expected) in parts.items():
        if service not in compose["services"] or expected not in told:
            yield f"{told} does not reach {service}"
    bucket = environment["TAPEWATCH_S3_BUCKET"]
    if f"store/{bucket}\n" not in compose["services"]["bucket"]["command"][0]:
        yield f"the bucket {bucket} is made by nobody"
    if f"\nBUCKET={bucket}\n" not in SERVICES:
        yield f"the bucket {bucket} is not the one of infra/services.sh"
    listeners = compose["services"]["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    if f"PLAINTEXT://{environment['TAPEWATCH_KAFKA_BOOTSTRAP']}" not in listeners:
        yield "Kafka sends its clients to another address than the settings'"
    workspace = yaml.safe_load((INFRA / "workspace.compose.yaml").read_text())
    server = workspace["load_from"][0]["grpc_server"]
    command = compose["services"][server["host"]]["command"]
    if command[command.index("-p") + 1] != str(server["port"]):
        yield "the code server listens on another port than the workspace says"
    names = {server["location_name"], command[command.index("--location-name") + 1]}
    if names != {dagster_home.LOCATION}:
        yield f"the code location has several names: {names}"
    made = (INFRA / "postgres" / "databases.sql").read_text()
    databases = {
        environment["TAPEWATCH_DAGSTER_DATABASE"].rpartition("/")[2],
        compose["services"]["registry"]["environment"]["APICURIO_DATASOURCE_URL"].rpartition("/")[
            2
        ],
    }
    for database in databases:
        if f"create database {database};" not in made:
            yield f"the database {database} is made by nobody"


CHECKS: list[Check] = [
    *(references, health, images, ports, variables, secrets, settings, addresses),
]


@pytest.mark.parametrize("check", CHECKS)
def test_the_file_holds_together(compose: Document, check: Check) -> None:
    assert list(check(compose)) == []


# where, what is put there (None takes it away), the check that must see it, a part of its words
BREAKS: list[tuple[Check, str, object, str]] = [
    (references, "code/depends_on/nobody", {"condition": "service_healthy"}, "is no service"),
    (references, "kafka/volumes", ["elsewhere:/data"], "is no volume"),
    (references, "postgres/volumes", ["./absent.sql:/absent.sql"], "does not exist"),
    (references, "kafka/networks", ["elsewhere"], "is no network"),
    (references, "instance/build/dockerfile", "infra/Absent", "built from a file"),
    (references, "minio/volumes", None, "nobody mounts"),
    (health, "minio/healthcheck", None, "bucket waits for the health of minio"),
    (health, "daemon/healthcheck", None, "stays and has no health check"),
    (health, "code/depends_on/kafka/condition", "service_started", "without a condition"),
    (health, "lander/restart", "no", "wrong restart policy"),
    (health, "bucket/restart", "unless-stopped", "wrong restart policy"),
    (health, "registry/mem_limit", None, "no memory limit"),
    (images, "postgres/image", "postgres", "not pinned"),
    (images, "postgres/image", "postgres:latest", "not pinned"),
    (images, "postgres/image", "postgres:bookworm", "not pinned"),
    (images, "kafka/image", "apache/kafka:4.0.0", "kafka is not the version"),
    (images, "registry/image", "apicurio/apicurio-registry:3.0.0", "registry is not the version"),
    (images, "instance/build", None, "built by nobody"),
    (images, "daemon/image", "tapewatch:0.0.9", "not of the version"),
    (ports, "kafka/ports", ["9092:9092"], "to others than this machine"),
    (ports, "kafka/ports", ["0.0.0.0:9092:9092"], "to others than this machine"),
    (ports, "kafka/network_mode", "host", "the network of the host"),
    (variables, "minio/environment/SIZE", "${TAPEWATCH_ABSENT:-1}", "is not in"),
    (variables, "minio/environment/SIZE", "$TAPEWATCH_MINIO_USER", "not required"),
    (variables, "minio/environment/SIZE", "${TAPEWATCH_MINIO_PASSWORD:-easy}", "not required"),
    (variables, "minio/environment/SIZE", "${TAPEWATCH_MINIO_PASSWORD:?}", "not required"),
    (variables, "minio/environment/SIZE", "${SIZE}", "neither required"),
    (secrets, "minio/environment/MINIO_ROOT_PASSWORD", "minioadmin", "a secret in the file"),
    (secrets, "code/environment/TAPEWATCH_CATALOG", "user=a password=b", "in an address"),
    (secrets, "code/environment/TAPEWATCH_DAGSTER_DATABASE", "x://a:b@c/d", "in an address"),
    (settings, "code/environment/TAPEWATCH_ABSENT", "1", "is no setting"),
    (settings, "code/environment/DAGSTER_HOME", "/tmp", "not the one of the settings"),
    (settings, "code/volumes", [], "on no volume"),
    (addresses, "code/environment/TAPEWATCH_S3_ENDPOINT", "http://store:9000", "does not reach"),
    (addresses, "code/environment/TAPEWATCH_S3_BUCKET", "other", "made by nobody"),
    (addresses, "kafka/environment/KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://b:1", "sends its"),
    (addresses, "code/command", ["-p", "4001", "--location-name", "tapewatch"], "another port"),
    (addresses, "code/command", ["-p", "4000", "--location-name", "b"], "several names"),
    (addresses, "registry/environment/APICURIO_DATASOURCE_URL", "jdbc:x/b", "database b is made"),
]


@pytest.mark.parametrize(("check", "place", "value", "words"), BREAKS)
def test_a_broken_file_is_seen(
    compose: Document, check: Check, place: str, value: object, words: str
) -> None:
    broken = copy.deepcopy(compose)
    *parents, last = place.split("/")
    node = broken["services"]
    for parent in parents:
        node = node[parent]
    if value is None:
        del node[last]
    else:
        node[last] = value
    assert any(words in fault for fault in check(broken))


def dockerfile_faults(text: str) -> Iterator[str]:
    instructions = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    kept = re.findall(r"^!(\S+)$", (INFRA / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    copied: set[str] = set()
    for line in instructions:
        words = line.split()
        if words[:1] == ["FROM"] and not PINNED.fullmatch(words[1]):
            yield f"{words[1]} is not pinned"
        if words[:1] == ["COPY"] and not words[1].startswith("--from"):
            copied.update(words[1:-1])
    for source in sorted(copied):
        if not (ROOT / source).exists():
            yield f"{source} is copied and does not exist"
        if source not in kept:
            yield f"{source} is copied and kept out by Dockerfile.dockerignore"
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {*packages, "dbt_project", "requirements.lock", "infra/workspace.compose.yaml"}
    for missing in sorted(needed - copied):
        yield f"{missing} is not copied"
    users = [line.split()[1] for line in instructions if line.startswith("USER ")]
    if not users or users[-1] in {"root", "0"}:
        yield "it runs as root"
    # the editable install of the project itself has no hash to check
    for install in re.findall(r"pip install [^&\n]*", "\n".join(instructions)):
        if "--no-deps" not in install:
            yield f"takes what nobody pinned: {install}"
        if "--editable ." not in install and "--require-hashes" not in install:
            yield f"checks no hashes: {install}"


def test_the_image_is_made_of_what_exists() -> None:
    assert list(dockerfile_faults(DOCKERFILE)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("COPY ml ./ml", "COPY absent ./absent", "absent is copied and does not exist"),
        ("COPY ml ./ml", "COPY tests ./tests", "tests is copied and kept out"),
        ("COPY dbt_project ./dbt_project\n", "", "dbt_project is not copied"),
        ("USER tapewatch", "USER root", "runs as root"),
        ("USER tapewatch\n", "", "runs as root"),
        ("FROM python:3.11.13-slim-bookworm\n", "FROM python:latest\n", "is not pinned"),
        ("--require-hashes ", "", "checks no hashes"),
        ("--no-deps -r", "-r", "takes what nobody pinned"),
    ],
)
def test_a_broken_dockerfile_is_seen(old: str, new: str, words: str) -> None:
    assert old in DOCKERFILE
    assert any(words in fault for fault in dockerfile_faults(DOCKERFILE.replace(old, new)))


def test_the_example_holds_no_value() -> None:
    assert re.findall(r"^\w+=.+$", EXAMPLE, re.MULTILINE) == []
    assert re.findall(r"^\w+=$", EXAMPLE, re.MULTILINE) != []
