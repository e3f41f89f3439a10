"""What a file of accounts or links lands as: public rows, and apart what identifies a person."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from assets.landing.accounts.private import Identity
from assets.landing.files.times import NO_TIME, read_times
from assets.landing.formats.accounts import DEVICE, FUNDING_WALLET, LINK_KINDS

PUBLIC = ("owner_id", "kind", "country", "kyc_tier", "opened_at", "declared_role")
"""Fields of an account that identify nobody."""
LINK_COLUMNS = {
    "device": DEVICE,
    "device_id": DEVICE,
    "device_fingerprint": DEVICE,
    "funding_wallet": FUNDING_WALLET,
    "funding_wallet_address": FUNDING_WALLET,
}
"""Columns of an account that link it."""

PLACE = {"source_line": pa.int64(), "venue": pa.string(), "account_id": pa.string()}
ACCOUNT_SCHEMA = pa.schema(
    PLACE | {name: pa.string() for name in PUBLIC} | {"opened_us": pa.int64(), "error": pa.string()}
)
LINK_SCHEMA = pa.schema(
    PLACE | {"link_kind": pa.string(), "value": pa.string(), "error": pa.string()}
)
Row = dict[str, str | int | None]


@dataclass
class Sorted:
    """The rows of a file by where they land."""

    accounts: list[Row] = field(default_factory=list[Row])
    links: list[Row] = field(default_factory=list[Row])
    identities: list[Identity] = field(default_factory=list[Identity])
    errors: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Line and fault of rows that name no account or no link; they land as accounts or links."""
    unread_times: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def devices(self) -> set[str]:
        """Every device that a link names, by its own id."""
        return {str(row["value"]) for row in self.links if _is_device(row)}

    def with_pseudonyms(self, pseudonyms: dict[str, str]) -> list[Row]:
        """The links, each device by its pseudonym."""
        return [
            row | {"value": pseudonyms[str(row["value"])]} if _is_device(row) else row
            for row in self.links
        ]


def sort_account(found: Sorted, line: int, venue: str, texts: dict[str, str | None]) -> None:
    """Take a row of a file of accounts apart."""
    place: Row = {"source_line": line, "venue": venue, "account_id": texts.get("account_id")}
    if not texts.get("account_id"):
        reject(found, "accounts", line, venue, "the row names no account")
        return
    opened = opened_us(texts.get("opened_at"))
    if texts.get("opened_at") and opened is None:
        found.unread_times.append((line, f"opened_at {texts['opened_at']!r}"))
    row: Row = {name: texts.get(name) for name in PUBLIC}
    found.accounts.append(place | row | {"opened_us": opened})
    for name, text in texts.items():
        if not text or name in PUBLIC or name == "account_id":
            continue
        if kind := LINK_COLUMNS.get(name):
            found.links.append(place | {"link_kind": kind, "value": text})
        if kind != FUNDING_WALLET:
            found.identities.append(Identity(venue, str(texts["account_id"]), kind or name, text))


def sort_link(found: Sorted, line: int, venue: str, texts: dict[str, str | None]) -> None:
    """Take a row of a file of links; what else it has than a link is private."""
    account, value = texts.get("account_id"), texts.get("value")
    kind = (texts.get("link_kind") or "").strip().lower().replace(" ", "_")
    place: Row = {"source_line": line, "venue": venue, "account_id": account}
    if not account or not value:
        error = "the row names no account, or nothing that it is linked by"
        reject(found, "account_links", line, venue, error)
        return
    if kind not in LINK_KINDS:
        error = f"link_kind is one of {', '.join(LINK_KINDS)}, was {texts.get('link_kind')!r}"
        reject(found, "account_links", line, venue, error)
        return
    found.links.append(place | {"link_kind": kind, "value": value})
    if kind == DEVICE:
        found.identities.append(Identity(venue, str(account), DEVICE, str(value)))


def reject(found: Sorted, dataset: str, line: int, venue: str, error: str) -> None:
    """Land a row as its fault alone: what it says may name a person."""
    found.errors.append((line, error))
    rows = found.accounts if dataset == "accounts" else found.links
    rows.append({"source_line": line, "venue": venue, "error": error})


def opened_us(text: str | None) -> int | None:
    """Microseconds since 1970 of a time as text; None where it cannot be read."""
    if not text:
        return None
    (micros,) = read_times(pa.table({"at": pa.array([text])})["at"]).tolist()
    return None if micros == NO_TIME else micros


def _is_device(row: Row) -> bool:
    return row.get("link_kind") == DEVICE and row.get("error") is None


SORTERS: dict[str, Callable[[Sorted, int, str, dict[str, str | None]], None]] = {
    "accounts": sort_account,
    "account_links": sort_link,
}


def table_of(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table of these columns; what a row lacks is null."""
    return pa.Table.from_pylist(list(_whole(rows, schema)), schema=schema)


def _whole(rows: Iterable[Row], schema: pa.Schema) -> Iterator[Row]:
    for row in rows:
        yield {name: row.get(name) for name in schema.names}
