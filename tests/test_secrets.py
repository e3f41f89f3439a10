"""No credential in what is printed, raised or written, whatever fails.

Each secret that is planted holds one word; it may stand nowhere but in the environment.
"""

import logging
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest

from assets.delivery.channels import send
from assets.delivery.events import Event
from assets.delivery.outbox import delivery_of
from assets.delivery.routes import routes_of
from assets.lake.lake import Lake
from assets.lake.objects.object_store import object_store
from assets.lake.settings import load_settings
from assets.landing.kafka.registry import registry_of
from orchestration import dagster_home

WORD = "pl4nted"
TAPEWATCH = Path(sys.executable).parent / "tapewatch"
NOBODY = "127.0.0.1:1"
CATALOG = f"dbname=none host=127.0.0.1 port=1 user=u password={WORD}-password"
REGISTRY = f"http://user:{WORD}-password@{NOBODY}/apis/ccompat/v7"
REFUSED = {
    "AWS_ACCESS_KEY_ID": f"{WORD}-id",
    "AWS_SECRET_ACCESS_KEY": f"{WORD}-secret",
    "AWS_SESSION_TOKEN": f"{WORD}-token",
}
TRADES = (
    "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type\n"
    + "\n".join(f"t{n},2024-01-02T10:00:0{n},BTCUSDT,100,1,BUY,t,o,TRADE" for n in range(9))
)


def all_said(error: BaseException | None) -> Iterator[str]:
    """What an error and those behind it hold, shown or not."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        yield from getattr(error, "__notes__", ())
        if error.__cause__ is not None and error.__cause__ is not error.__context__:
            yield from all_said(error.__cause__)
        error = error.__context__


def places_of(folder: Path) -> list[str]:
    """The files below a folder that hold the word."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if WORD.encode() in path.read_bytes()]


@dataclass(frozen=True)
class Failure:
    """A call that fails, with the settings that make it fail and what it must still say."""

    name: str
    call: Callable[[], object]
    environment: dict[str, str]
    says: str


def connect() -> None:
    with Lake(load_settings()).connect(read_only=False):
        pass


def lock() -> None:
    with Lake(load_settings()).lock():
        pass


def bucket(name: str = "tapewatch", endpoint: str = f"http://{NOBODY}") -> dict[str, str]:
    return {"TAPEWATCH_S3_BUCKET": name, "TAPEWATCH_S3_ENDPOINT": endpoint}


def ask_store() -> None:
    object_store(load_settings()).exists("key")


def ask_registry() -> None:
    registry_of(load_settings()).register("subject", "{}")


def notify(entry: str) -> None:
    """Send an event by a route whose entry holds the word, or an environment variable's."""
    home = load_settings().root
    home.mkdir(parents=True, exist_ok=True)
    try:
        (home / "delivery.toml").write_text(f'[[route]]\nname = "desk"\n{entry}\n')
        (route,) = routes_of(home)
    finally:
        (home / "delivery.toml").unlink()
    event = Event(kind="report", subject="s", revision="1", title="t", text="t", link="l")
    send(route, delivery_of(event, "desk", datetime(2026, 11, 30)))


def prepare() -> None:
    dagster_home.prepare(load_settings())


FAILURES = [
    *(
        Failure(f"route {n}", partial(notify, f"url = {url!r}"), {"HOOK": WORD}, said)
        for n, (url, said) in enumerate(
            (
                (f"json://{NOBODY}/services/{WORD}", "127.0.0.1"),
                (f"json://user:{WORD}@{NOBODY}/services", "127.0.0.1"),
                ("json://user:${HOOK}@" + NOBODY, "127.0.0.1"),
                (f"mailto://user:{WORD}@{NOBODY}?from=a@b.org&to=c@b.org", "127.0.0.1"),
                (f"slak://{WORD}/{WORD}", "its scheme is slak"),
                (f"json://{WORD}/$", "begins no variable"),
                (f"json://{WORD}/" + "${ABSENT}", "ABSENT is not set"),
            )
        )
    ),
    Failure("route of a number", partial(notify, f'url = ["{WORD}"]'), {}, "url: "),
    Failure("route that is no TOML", partial(notify, f"url = '{WORD}"), {}, "at end of document"),
    Failure(
        "dagster's database away",
        prepare,
        {"TAPEWATCH_DAGSTER_DATABASE": f"postgresql+psycopg2://u:{WORD}@{NOBODY}/none"},
        "TAPEWATCH_DAGSTER_DATABASE",
    ),
    Failure(
        "dagster's database without a number as its port",
        prepare,
        {"TAPEWATCH_DAGSTER_DATABASE": f"postgresql+psycopg2://u:{WORD}@host:port/none"},
        "TAPEWATCH_DAGSTER_DATABASE",
    ),
    Failure("attach", connect, {"TAPEWATCH_CATALOG": CATALOG}, "127.0.0.1"),
    Failure("lock", lock, {"TAPEWATCH_CATALOG": CATALOG}, "TAPEWATCH_CATALOG"),
    *(
        Failure(f"catalog {n}", load_settings, {"TAPEWATCH_CATALOG": said}, "TAPEWATCH_CATALOG")
        for n, said in enumerate(
            (
                f"dbname=none password=a {WORD}",
                f"{WORD}",
                f"postgresql://u:{WORD}%zz@{NOBODY}/none",
            )
        )
    ),
    Failure(
        "catalog as URL",
        lock,
        {"TAPEWATCH_CATALOG": f"postgresql://u:{WORD}@{NOBODY}/none"},
        "TAPEWATCH_CATALOG",
    ),
    Failure("store away", ask_store, REFUSED | bucket(), "TAPEWATCH_S3_ENDPOINT"),
    Failure(
        "token with a line break",
        ask_store,
        REFUSED | bucket() | {"AWS_SESSION_TOKEN": f"{WORD}\nx"},
        "line break",
    ),
    Failure(
        "half of the credentials",
        ask_store,
        bucket() | {"AWS_ACCESS_KEY_ID": WORD},
        "AWS_SECRET_ACCESS_KEY",
    ),
    Failure(
        "endpoint with credentials",
        load_settings,
        bucket(endpoint=f"http://user:{WORD}@{NOBODY}"),
        "TAPEWATCH_S3_ENDPOINT",
    ),
    Failure(
        "registry away", ask_registry, {"TAPEWATCH_SCHEMA_REGISTRY": REGISTRY}, "http://127.0.0.1:1"
    ),
    *(
        Failure(
            f"registry {n}",
            load_settings,
            {"TAPEWATCH_SCHEMA_REGISTRY": said},
            "TAPEWATCH_SCHEMA_REGISTRY",
        )
        for n, said in enumerate((f"user:{WORD}@{NOBODY}", f"http://user:{WORD}@127.0.0.1:{WORD}"))
    ),
]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home, and none of the variables that reach servers."""
    for name in os.environ:
        if name.startswith(("TAPEWATCH_", "AWS_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("TAPEWATCH_HOME", str(home))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return home


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_a_failure_tells_what_and_where_but_no_secret(
    failure: Failure,
    bare: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in failure.environment.items():
        monkeypatch.setenv(name, value)
    with caplog.at_level(logging.INFO), pytest.raises(Exception) as caught:  # noqa: PT011
        failure.call()
    assert failure.says in str(caught.value)
    assert [said for said in all_said(caught.value) if WORD in said] == []
    assert WORD not in caplog.text
    assert places_of(bare) == []


def test_settings_show_no_secret(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEWATCH_CATALOG", CATALOG)
    monkeypatch.setenv("TAPEWATCH_SCHEMA_REGISTRY", REGISTRY)
    monkeypatch.setenv("TAPEWATCH_DAGSTER_DATABASE", f"postgresql+psycopg2://u:{WORD}@h/d")
    settings = load_settings()
    assert WORD not in f"{settings} {settings!r}"
    with pytest.raises(Exception, match="TAPEWATCH_THREADS") as caught:
        load_settings(threads=0)
    assert [said for said in all_said(caught.value) if WORD in said] == []


# --- against real servers ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all, for the first run in it compiles the models."""
    return tmp_path_factory.mktemp("secrets") / "home"


@pytest.fixture
def trades(tmp_path: Path) -> Path:
    path = tmp_path / "trades.csv"
    path.write_text(TRADES)
    return path


@pytest.fixture
def planted_catalog(empty_catalog: str) -> Iterator[str]:
    """A catalog that can be used, by a user whose password is planted."""
    role = "planted_user"
    with psycopg.connect(empty_catalog, autocommit=True) as connection:
        connection.execute(f"drop role if exists {role}".encode())
        connection.execute(f"create role {role} superuser login password '{WORD} \\ ''x'".encode())
    yield psycopg.conninfo.make_conninfo(empty_catalog, user=role, password=f"{WORD} \\ 'x")
    with psycopg.connect(empty_catalog, autocommit=True) as connection:
        connection.execute(f"reassign owned by {role} to current_user".encode())
        connection.execute(f"drop owned by {role}".encode())
        connection.execute(f"drop role {role}".encode())


def environment_of(home: Path, **more: str) -> dict[str, str]:
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TAPEWATCH_", "AWS_"))
    }
    return {**plain, "TAPEWATCH_HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", **more}


def run(command: list[str], home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, env=environment_of(home, **more), capture_output=True, text=True, timeout=300
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said or command[0] != str(TAPEWATCH), said
    assert WORD not in said
    assert places_of(home) == []
    return done


def tapewatch(*arguments: str) -> list[str]:
    return [str(TAPEWATCH), *arguments]


def python(script: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(script)]


def store_of(services: dict[str, str]) -> dict[str, str]:
    return bucket(services["TAPEWATCH_S3_BUCKET"], services["TAPEWATCH_S3_ENDPOINT"])


def credentials_of(services: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in services.items() if name.startswith("AWS_")}


@pytest.mark.services
@pytest.mark.parametrize("style", [[], ["--json"]])
def test_doctor_finds_what_is_refused(
    services: dict[str, str], home: Path, style: list[str]
) -> None:
    done = run(
        tapewatch("doctor", *style),
        home,
        **REFUSED,
        **store_of(services),
        TAPEWATCH_CATALOG=psycopg.conninfo.make_conninfo(
            services["TAPEWATCH_CATALOG"], password=f"{WORD}-wrong"
        ),
        TAPEWATCH_SCHEMA_REGISTRY=REGISTRY,
    )
    assert done.returncode == 1
    assert "refuses the credentials" in done.stdout
    assert "password authentication failed" in done.stdout


@pytest.mark.services
def test_a_bucket_that_is_not_there_and_a_catalog_that_refuses_end_commands(
    services: dict[str, str], home: Path, trades: Path
) -> None:
    absent = bucket("not-there-at-all", services["TAPEWATCH_S3_ENDPOINT"])
    wrong = psycopg.conninfo.make_conninfo(services["TAPEWATCH_CATALOG"], password=f"{WORD}-wrong")
    done = run(
        tapewatch("land", "--until-end"),
        home,
        **credentials_of(services),
        **absent,
        TAPEWATCH_KAFKA_BOOTSTRAP=services["TAPEWATCH_KAFKA_BOOTSTRAP"],
        TAPEWATCH_LOG_LEVEL="DEBUG",
    )
    assert "there is no bucket 'not-there-at-all'" in done.stderr
    for command in (
        tapewatch("query", "select 1"),
        tapewatch("run", "--input", str(trades), "--json"),
        tapewatch("maintain", "--json"),
    ):
        done = run(command, home, TAPEWATCH_CATALOG=wrong)
        assert done.returncode == 1
        assert "password authentication failed" in done.stderr


@pytest.mark.services
def test_a_registry_that_is_away_ends_a_stream(services: dict[str, str], home: Path) -> None:
    done = run(
        tapewatch("simulate", "--kafka", "--rate", "5000", "--seconds", "1", "--format", "avro"),
        home,
        TAPEWATCH_KAFKA_BOOTSTRAP=services["TAPEWATCH_KAFKA_BOOTSTRAP"],
        TAPEWATCH_SCHEMA_REGISTRY=REGISTRY,
        TAPEWATCH_LOG_LEVEL="DEBUG",
    )
    assert done.returncode == 1
    assert "cannot reach the schema registry" in done.stderr


@pytest.mark.services
def test_debug_logs_of_a_working_lander_hold_none(services: dict[str, str], home: Path) -> None:
    """A registry is asked with a password, and the store with a token: both log much at DEBUG."""
    registry = services["TAPEWATCH_SCHEMA_REGISTRY"].replace("://", f"://user:{WORD}-password@")
    run(
        tapewatch("simulate", "--kafka", "--rate", "5000", "--seconds", "1", "--format", "avro"),
        home,
        TAPEWATCH_KAFKA_BOOTSTRAP=services["TAPEWATCH_KAFKA_BOOTSTRAP"],
        TAPEWATCH_SCHEMA_REGISTRY=registry,
        TAPEWATCH_LOG_LEVEL="DEBUG",
    )
    done = run(
        tapewatch("land", "--until-end"),
        home,
        **credentials_of(services),
        **store_of(services),
        TAPEWATCH_KAFKA_BOOTSTRAP=services["TAPEWATCH_KAFKA_BOOTSTRAP"],
        TAPEWATCH_SCHEMA_REGISTRY=registry,
        TAPEWATCH_LOG_LEVEL="DEBUG",
    )
    assert done.returncode == 0, done.stderr
    assert "tapewatch.land" in done.stderr
    for secret in credentials_of(services).values():
        assert secret not in done.stderr


@pytest.mark.services
def test_the_catalog_does_not_show_the_password_to_those_who_ask_the_lake(
    planted_catalog: str, home: Path
) -> None:
    made = python("""
        from assets.lake.lake import Lake
        from assets.lake.settings import load_settings
        from assets.tables import TABLES
        Lake(load_settings()).create(TABLES)
    """)
    assert run(made, home, TAPEWATCH_CATALOG=planted_catalog).returncode == 0
    for question in (
        "from duckdb_databases()",
        "from duckdb_secrets()",
        "from pragma_database_list()",
        "from lake.options()",
        "from duckdb_settings()",
        "select nothing",
    ):
        run(tapewatch("query", question, "--json"), home, TAPEWATCH_CATALOG=planted_catalog)


FAILED_RUN = """
    import os
    from orchestration.command_line.program import settings_of_run
    from orchestration import dagster_home
    from orchestration.definitions import definitions

    instance = dagster_home.instance(settings_of_run())
    def execute(job, **how):
        done = definitions.resolve_job_def(job).execute_in_process(
            instance=instance, raise_on_error=False, **how)
        assert not done.success
    execute("land_inbox", run_config={"ops": {"landing__trades": {"config": {"paths": [PATH]}}}})
    execute("daily_surveillance", partition_key="2024-01-02")
"""


@pytest.mark.services
@pytest.mark.parametrize("wrong", ["store", "catalog"])
def test_the_event_log_of_a_failed_run_holds_none(
    services: dict[str, str], planted_catalog: str, home: Path, trades: Path, wrong: str
) -> None:
    refused = psycopg.conninfo.make_conninfo(
        services["TAPEWATCH_CATALOG"], password=f"{WORD}-wrong"
    )
    done = run(
        python(f"PATH = {str(trades)!r}\n" + textwrap.dedent(FAILED_RUN)),
        home,
        **(REFUSED if wrong == "store" else credentials_of(services)),
        **(store_of(services) if wrong == "store" else bucket("not-there-at-all")),
        TAPEWATCH_CATALOG=planted_catalog if wrong == "store" else refused,
    )
    assert done.returncode == 0, done.stderr
    assert list((home / "dagster" / "history").rglob("*.db"))


@pytest.mark.services
def test_dbts_own_failures_and_logs_hold_none(
    services: dict[str, str], planted_catalog: str, home: Path
) -> None:
    """The store refuses DuckDB in the middle of a build, after the lake was attached."""
    script = python(f"""
        from datetime import datetime
        import assets.transform.build as building
        from assets.lake.lake import Lake
        from assets.lake.settings import load_settings
        from assets.market.window import Window
        # our own client asks for them, and would be refused before dbt begins
        building.known_instruments = lambda lake: "[]"
        results = building.build(
            Lake(load_settings()), ["staging", "intermediate", "core"],
            Window(datetime(2024, 1, 2), datetime(2024, 1, 3)),
            landed=["s3://{services["TAPEWATCH_S3_BUCKET"]}/landing/none.parquet"],
            commit_info={{}})
        print([result.message for result in results if result.status == "error"])
    """)
    more = REFUSED | store_of(services)
    done = run(script, home, **more, TAPEWATCH_CATALOG=planted_catalog)
    assert done.returncode == 0, done.stderr
    assert "HTTP" in done.stdout
    assert list((home / "dbt").rglob("dbt.log"))
