"""Files of accounts and links become who is who; what identifies a person lands apart."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.lake.lake import Lake
from assets.lake.settings import Settings
from assets.landing.accounts.private import Identity, PrivateData
from assets.landing.files.importer import land_file, land_files
from assets.landing.files.report import LandingError, LandingReport
from assets.transform.accounts.owners import MOST_ACCOUNTS_OF_A_DEVICE
from assets.transform.accounts.recording import record_accounts

NOW = datetime(2026, 1, 1)


class Home:
    """A home to land files in, and the lake that follows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = Lake(Settings(home=folder / "home"))
        self.private = PrivateData(self.lake.settings.private_file)

    def land(self, name: str, lines: Sequence[str], now: datetime = NOW) -> LandingReport:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return self.land_path(path, now)

    def land_path(self, path: Path, now: datetime = NOW) -> LandingReport:
        private = self.lake.settings.private_file
        return land_file(path, self.lake.objects, now=now, private=private)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        record_accounts(self.lake, {})
        with self.lake.connect() as connection:
            return connection.execute(query).fetchall()

    def owners(self) -> dict[object, object]:
        return dict(self.rows("select account_id, owner_id from lake.core.accounts"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


ACCOUNTS = [
    "account_id,exchange,owner,kind,country,kyc_tier,opened_at,declaredRole,Full Name,birthDate",
    "a,Kraken,o1,retail,DE,2,2024-05-01T12:00:00+02:00,,Ada Lovelace,1815-12-10",
    "b,kraken,,institution,FR,3,2023-01-01,market_maker,,",
]
LINKS = [
    "account_id,venue,kind,value",
    "a,kraken,device,D-1",
    "c,kraken,Device,D-1",
    "c,binance,funding wallet,0xW",
    "d,binance,funding_wallet,0xW",
    "e,kraken,device,D-2",
]


def test_an_account_is_described_as_its_file_says(home: Home) -> None:
    report = home.land("accounts.csv", ACCOUNTS)
    assert (report.format, report.venue, report.rows, report.rejected) == (
        *("accounts", "kraken"), 2, 0,
    )  # fmt: skip
    assert home.rows("select * exclude (source) from lake.core.accounts order by account_id") == [
        ("kraken", "a", "o1", "o1", "retail", "DE", "2", datetime(2024, 5, 1, 10), None),
        ("kraken", "b", None, None, "institution", "FR", "3", datetime(2023, 1, 1), "market_maker"),
    ]
    assert home.rows("select * from lake.core.owners") == [("o1", 1, "", "o1")]


def test_the_same_accounts_come_as_json_and_parquet(home: Home, tmp_path: Path) -> None:
    rows = [{"account_id": "a", "venue": "kraken", "owner_id": "o1", "name": "Ada"}]
    home.land("accounts.jsonl", [json.dumps(row) for row in rows])
    expected = home.rows("select * exclude (source) from lake.core.accounts")
    other = Home(tmp_path / "other")
    other.folder.mkdir()
    table = pa.Table.from_pylist(rows).replace_schema_metadata({"tapewatch.dataset": "accounts"})
    pq.write_table(table, other.folder / "accounts.parquet")
    reports = land_files(
        [other.folder], other.lake.objects, now=NOW, private=other.lake.settings.private_file
    )
    assert [report.format for report in reports] == ["accounts"]
    assert other.rows("select * exclude (source) from lake.core.accounts") == expected
    assert len(expected) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_owners_follow_from_links_whatever_landed_first(home: Home, order: tuple[int, int]) -> None:
    files = [("accounts.csv", ACCOUNTS), ("links.csv", LINKS)]
    for place in order:
        home.land(*files[place])
    owners = home.rows("select venue, account_id, owner_id from lake.core.accounts order by all")
    linked = next(owner for venue, account, owner in owners if account == "d")
    assert str(linked).startswith("linked-")
    assert owners == [
        ("binance", "c", linked),
        ("binance", "d", linked),
        ("kraken", "a", "o1"),
        ("kraken", "b", None),
        ("kraken", "c", "o1"),
        ("kraken", "e", None),
    ]
    assert home.rows("select * from lake.core.owners order by all") == [
        (linked, 2, "funding_wallet", None),
        ("o1", 2, "device", "o1"),
    ]


def test_of_two_declared_owners_that_share_a_device_both_are_said(home: Home) -> None:
    home.land("accounts.csv", ["account_id,owner_id,device_id", "a,o2,D", "b,o1,D", "c,o3,"])
    assert home.owners() == {"a": "o1", "b": "o1", "c": "o3"}
    assert home.rows("select * from lake.core.owners order by all") == [
        ("o1", 2, "device", "o1, o2"),
        ("o3", 1, "", "o3"),
    ]


@pytest.mark.parametrize(("sharing", "links"), [(0, True), (1, False)])
def test_a_device_of_too_many_accounts_links_nobody(home: Home, sharing: int, links: bool) -> None:
    count = MOST_ACCOUNTS_OF_A_DEVICE + sharing
    home.land(
        "links.csv",
        ["account_id,link_kind,value", *(f"a{n},device,gateway" for n in range(count))],
    )
    assert home.rows("select distinct account_count, is_hub from lake.core.account_links") == [
        (count, not links)
    ]
    assert all((owner is not None) == links for owner in home.owners().values())


def test_the_last_file_counts_field_by_field(home: Home) -> None:
    home.land("new.csv", ["account_id,kind,country", "a,institution,"], datetime(2026, 1, 2))
    home.land("old.csv", ["account_id,kind,country", "a,retail,DE"])
    assert home.rows("select kind, country from lake.core.accounts") == [("institution", "DE")]
    assert home.land("old.csv", ["account_id,kind,country", "a,retail,DE"]).new_objects == ()


def test_names_birth_dates_and_devices_are_in_no_object_and_no_table(home: Home) -> None:
    home.land("accounts.csv", ACCOUNTS)
    home.land("links.csv", LINKS)
    home.rows("select 1")
    secret = ("Ada", "Lovelace", "1815", "D-1", "D-2")
    for key in home.lake.objects.list("landing/"):
        text = str(duckdb.read_parquet(home.lake.objects.path(key)).fetchall())
        assert not [word for word in secret if word in text], key
    text = str(home.rows("from lake.core.accounts")) + str(
        home.rows("from lake.core.account_links")
    )
    assert not [word for word in secret if word in text]
    assert home.private.path.stat().st_mode & 0o077 == 0
    assert home.private.of_account("a") == [
        Identity("kraken", "a", "birth_date", "1815-12-10"),
        Identity("kraken", "a", "device", "D-1"),
        Identity("kraken", "a", "full_name", "Ada Lovelace"),
    ]


def test_an_erased_person_is_gone_and_the_tables_stay(home: Home) -> None:
    home.land("accounts.csv", ACCOUNTS)
    home.land("links.csv", LINKS)
    before = home.rows("from lake.core.accounts order by all")
    links = home.rows("from lake.core.account_links order by all")
    assert home.private.erase("a", "binance") == 0
    assert home.private.erase("a", "kraken") == 3
    assert home.private.of_account("a") == []
    assert b"Lovelace" not in home.private.path.read_bytes()
    assert home.rows("from lake.core.accounts order by all") == before
    # another file names the device of the erased account by the same pseudonym
    home.land("more.csv", ["account_id,venue,link_kind,value", "f,kraken,device,D-1"])
    pseudonyms = home.rows(
        "select distinct value from lake.core.account_links where account_id in ('a', 'c', 'f') "
        "and link_kind = 'device'"
    )
    assert len(pseudonyms) == 1
    assert {*links} < {*home.rows("select * replace (account_count - (value = "
                                  f"'{pseudonyms[0][0]}')::bigint as account_count) "
                                  "from lake.core.account_links")}  # fmt: skip


def test_values_are_erased_when_their_time_is_over_unless_they_landed_again(home: Home) -> None:
    home.land("old.csv", ["account_id,kind,name", "a,retail,Ada", "b,retail,Bob"])
    home.land("new.csv", ["account_id,kind,name", "b,retail,Bob"], datetime(2026, 6, 1))
    assert home.private.expire(datetime(2026, 2, 1)) == 1
    assert home.private.of_account("a") == []
    assert len(home.private.of_account("b")) == 1


def test_a_row_that_cannot_be_read_is_said_and_quarantined_without_its_text(home: Home) -> None:
    report = home.land(
        "links.csv",
        ["account_id,venue,link_kind,value,name", "a,kraken,phone,Secret,Ada", ",kraken,device,D,"],
    )
    assert (report.rows, report.rejected) == (2, 2)
    assert "link_kind is one of owner, device, funding_wallet, was 'phone'" in str(report.problems)
    assert home.rows(
        "select dataset, source_file, source_line, reason from lake.quarantine.accounts order by 3"
    ) == [
        (
            *("account_links", "links.csv", 2),
            "link_kind is one of owner, device, funding_wallet, was 'phone'",
        ),
        (
            *("account_links", "links.csv", 3),
            "the row names no account, or nothing that it is linked by",
        ),
    ]
    assert home.private.of_account("a") == []


def test_a_time_that_cannot_be_read_is_said_and_the_account_stands(home: Home) -> None:
    report = home.land("accounts.csv", ["account_id,kind,opened_at", "a,retail,yesterday"])
    assert "opened_at 'yesterday' cannot be read as a time" in str(report.problems[0])
    assert home.rows("select account_id, opened_at from lake.core.accounts") == [("a", None)]


def test_nothing_changes_without_new_files(home: Home) -> None:
    assert home.owners() == {}
    home.land("accounts.csv", ACCOUNTS)
    home.owners()
    with home.lake.connect() as connection:
        snapshot = home.lake.snapshot_id(connection)
    home.owners()
    with home.lake.connect() as connection:
        assert home.lake.snapshot_id(connection) == snapshot


def test_accounts_need_a_place_for_private_data(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("\n".join(ACCOUNTS))
    with pytest.raises(LandingError, match="holds accounts, not trades"):
        land_file(path, home.lake.objects)
