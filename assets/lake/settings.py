"""Every setting: environment variables and `.env`, checked before any work begins."""

import os
import shlex
import shutil
import sys
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from assets.lake import addresses

PREFIX = "TAPEWATCH_"
HOME = ".tapewatch"
RETIRED = {
    f"{PREFIX}WEBHOOK_URL": "name it in delivery.toml in the home, as a route's url (jsons://…)",
    f"{PREFIX}SLACK_URL": "name it in delivery.toml in the home, as a route's url (slack://…)",
}


class SettingsError(Exception):
    """A setting is missing or invalid; the message names the variable and the cure."""


def nearest_home() -> Path:
    """The nearest `.tapewatch` from the working folder upwards, as git looks for `.git`.

    Where there is none, the one that a writing command makes in the working folder.
    """
    here = Path.cwd()
    return next(
        (home for one in (here, *here.parents) if (home := one / HOME).is_dir()), here / HOME
    )


def _env_files() -> tuple[Path, ...]:
    """The `.env` beside the home, and the working folder's own, which wins."""
    return tuple(dict.fromkeys((nearest_home().with_name(".env"), Path.cwd() / ".env")))


def _from_here(path: Path) -> str:
    """The path as a shell in the working folder takes it: relative if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _bucket_name(name: str | None) -> str | None:
    # DuckLake cannot resolve a data path in a bucket with a shorter name, and S3 forbids it anyway
    if name is not None and not 3 <= len(name) <= 63:
        raise ValueError("a bucket name has 3 to 63 characters")
    return name


class Settings(BaseSettings):
    """Where things are and how much of the machine they may use; no threshold lives here.

    The default is the embedded mode: a local folder, a SQLite catalog, nothing to start. A bucket
    switches the object store to S3 or MinIO, a catalog address switches the catalog to PostgreSQL.
    Credentials for the object store come from the standard chain (environment, profile, role).
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )
    # repr=False: the value may contain a credential, so it is never shown

    home: Path = Field(
        default_factory=nearest_home,
        description="Folder of everything that a run writes; empty is the nearest `.tapewatch` "
        "from the working folder upwards.",
    )
    s3_bucket: Annotated[str | None, AfterValidator(_bucket_name)] = Field(
        None, description="Bucket of the object store; empty means a local folder below home."
    )
    s3_prefix: str = Field("", description="Key prefix inside the bucket.")
    s3_endpoint: Annotated[str | None, AfterValidator(addresses.endpoint)] = Field(
        None, repr=False, description="http(s)://host:port of MinIO; empty is AWS."
    )
    s3_region: str = Field("us-east-1", description="Region of the bucket.")
    s3_versioning: bool | None = Field(
        None,
        description="Whether the bucket retains deleted versions: `tapewatch doctor` checks it, "
        "`tapewatch doctor --apply` sets it; empty leaves the bucket as it is.",
    )
    catalog: Annotated[SecretStr | None, AfterValidator(addresses.catalog_address)] = Field(
        None,
        repr=False,
        description="PostgreSQL of the catalog, as 'dbname=… host=… user=…'; empty is SQLite.",
    )
    kafka_bootstrap: str | None = Field(
        None, description="host:port of a Kafka broker, or several with commas; empty is no stream."
    )
    kafka_topic: str = Field("trades", description="Topic of the trade messages.")
    kafka_alert_topic: str = Field("risk_alerts", description="Topic that alerts go out to.")
    dagster_database: Annotated[SecretStr | None, AfterValidator(addresses.database_address)] = (
        Field(
            None,
            repr=False,
            description="Dagster's runs and events, as 'postgresql+psycopg2://…'; empty is SQLite.",
        )
    )
    warm_runs: bool = Field(
        False, description="Let `tapewatch warm` execute the runs of a stream's windows."
    )
    schema_registry: Annotated[str | None, AfterValidator(addresses.web_address)] = Field(
        None,
        repr=False,
        description="URL of a schema registry (Confluent's interface); empty is JSON only.",
    )
    venue_urls: Annotated[str, AfterValidator(addresses.venue_urls)] = Field(
        "", description="Mirrors as venue=http(s)://host:port, …; empty is the venues themselves."
    )
    binance_archive_url: Annotated[str, AfterValidator(addresses.web_address)] = Field(
        "https://data.binance.vision", description="Where Binance's archives lie, or a mirror."
    )
    reports_url: Annotated[str, AfterValidator(addresses.web_address)] = Field(
        "http://127.0.0.1:3001",
        description="Where browsers find the reports: `tapewatch dev` serves them there if it is "
        "this machine, else `tapewatch serve-reports` does behind that address.",
    )
    dagster_url: Annotated[str, AfterValidator(addresses.web_address)] = Field(
        "http://127.0.0.1:3000",
        description="Where browsers find the Dagster UI: messages about failed runs link there.",
    )
    memory_limit: str = Field("2500MB", description="Memory of DuckDB before it spills to disk.")
    threads: int = Field(2, ge=1, description="Threads of one DuckDB connection.")
    lock_timeout_seconds: float = Field(
        600, gt=0, description="How long a writer waits for the lake's lock."
    )
    private_days: int = Field(
        1_825,
        ge=1,
        description="For how many days names, birth dates and devices of accounts are kept: "
        "`tapewatch maintain` erases those that landed before and not since.",
    )
    case_days: int = Field(
        1_825,
        ge=1,
        description="For how many days after a case was closed the snapshots that it cites are "
        "spared by `tapewatch maintain`; those of an open case always are.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least grave message that a service logs."
    )

    @model_validator(mode="after")
    def _endpoint_needs_bucket(self) -> "Settings":
        if self.s3_endpoint and not self.s3_bucket:
            raise ValueError(
                f"{PREFIX}S3_ENDPOINT is set but {PREFIX}S3_BUCKET is not: name the bucket"
            )
        return self

    @cached_property
    def root(self) -> Path:
        """The home as an absolute path: DuckLake's data path must be one."""
        return self.home.expanduser().resolve()

    @property
    def demo(self) -> Path:
        """The home of the demo's own lake."""
        return self.root / "demo"

    @property
    def program(self) -> str:
        """How a shell calls tapewatch over this home, from the folder where this process works."""
        called = Path(sys.executable).with_name("tapewatch")
        command = _from_here(called)
        # what lies below has one path, whether or not the environment is activated
        if command == str(called) == shutil.which("tapewatch"):
            command = "tapewatch"
        if self.root == nearest_home().resolve():
            return shlex.quote(command)
        return f"{PREFIX}HOME={shlex.quote(_from_here(self.root))} {shlex.quote(command)}"

    @property
    def objects(self) -> Path:
        """The local object store."""
        return self.root / "objects"

    @property
    def catalog_file(self) -> Path:
        """The embedded catalog."""
        return self.root / "catalog.sqlite"

    @property
    def rebuilt_file(self) -> Path:
        """Touched when the embedded catalog is recreated."""
        return self.root / "catalog.rebuilt"

    @property
    def reports(self) -> Path:
        """The folder of the reports."""
        return self.root / "reports"

    @property
    def site(self) -> Path:
        """The folder of the Evidence site: where its pages are built, and where they lie."""
        return self.root / "site"

    @property
    def home_note(self) -> Path:
        """Where this home was when its embedded catalog was last opened over a bucket."""
        return self.root / "catalog.home"

    @property
    def rebuild_marker(self) -> Path:
        """Exists from the start of a rebuild of the embedded lake to its end."""
        return self.root / "rebuild.unfinished"

    @property
    def rebuild_lock(self) -> Path:
        """Locked by the process that rebuilds: where it is free, the marker's process has died."""
        return self.root / "rebuild.lock"

    def venue_url(self, venue: str) -> str | None:
        """The mirror of a venue; None is the venue itself."""
        pairs = (part.strip().partition("=") for part in self.venue_urls.split(","))
        return {name: url for name, _, url in pairs}.get(venue)

    @property
    def scratch(self) -> Path:
        """Folder of DuckDB's spilled data and of unfinished objects."""
        return self.root / "scratch"

    @property
    def private_file(self) -> Path:
        """Names, birth dates and devices: what identifies persons, and is nowhere else."""
        return self.root / "private.sqlite"

    @property
    def dagster_home(self) -> Path:
        """Runs, events and schedules."""
        return self.root / "dagster"


def load_settings(**overrides: object) -> Settings:
    """Read the settings, or raise SettingsError naming each invalid variable."""
    if refused := [*_retired(), *_misspelt()]:
        raise SettingsError("\n".join(refused))
    try:
        return Settings(_env_file=_env_files(), **overrides)  # pyright: ignore[reportArgumentType, reportCallIssue]
    except ValidationError as error:
        problems = error.errors()
    # outside of the handler: pydantic's error contains every value, so it is not chained
    raise SettingsError("\n".join(_described(problem) for problem in problems))


def _retired() -> list[str]:
    """Variables of earlier versions that would be without effect, and what replaced them."""
    return [
        f"{name} is no setting any more: {RETIRED[name]}" for name in sorted(_given() & {*RETIRED})
    ]


def _given() -> set[str]:
    lines = (name for file in _env_files() for name in dotenv_values(file))
    return {name.upper() for name in (*os.environ, *lines)}


def _misspelt() -> list[str]:
    """Variables that are not a setting, but whose name is similar to one.

    Other variables with our prefix are ignored: they may be meant for another program, such as
    compose.
    """
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    unknown = sorted(name for name in _given() if name.startswith(PREFIX) and name not in known)
    near = {name: get_close_matches(name, known, n=1, cutoff=0.9) for name in unknown}
    return [
        f"{name} is not a setting: is {one[0]} meant?"
        for name, one in near.items()
        # a cluster names a service's port after the service: additional words are not a misspelling
        if one and abs(len(name) - len(one[0])) <= 2 and not name.startswith(f"{one[0]}_")
    ]


def _described(problem: ErrorDetails) -> str:
    if not problem["loc"]:
        return f"settings: {problem['msg']}"
    name = str(problem["loc"][0])
    shown = f" (was {problem['input']!r})" if Settings.model_fields[name].repr else ""
    return f"{PREFIX}{name.upper()}: {problem['msg']}{shown}"
