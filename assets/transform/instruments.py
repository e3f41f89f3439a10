"""Instruments that the user or a venue describes; what a symbol's words say is read in dbt.

The user's own (`instruments.toml` in the home) outrank a venue's (`tapewatch instruments refresh`).
"""

import json
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from assets.lake.lake import Lake
from assets.lake.objects.object_store import ObjectStore
from assets.lake.settings import SettingsError

PREFIX = "reference/instruments/"
FILE = "instruments.toml"
Kind = Literal["spot", "perpetual", "future", "option"]
# of ccxt's market descriptions
KINDS: Mapping[str, Kind] = {
    "spot": "spot",
    "swap": "perpetual",
    "future": "future",
    "option": "option",
}
COUNT_UNITS = {"deribit"}
"""Venues whose trades count dollars or coins, whatever size a contract has."""


@dataclass(frozen=True)
class Instrument:
    """What a venue trades under a symbol of its own; None where nobody has said it.

    `contract_size` is in base units, of an inverse contract in units of the quote; `expiry` is
    YYMMDD, `strike` STRIKE-C or STRIKE-P; tick and lot are in the units of price and quantity.
    """

    venue: str
    venue_symbol: str
    kind: Kind
    base: str | None = None
    quote: str | None = None
    settlement: str | None = None
    expiry: str | None = None
    strike: str | None = None
    contract: str | None = None
    contract_size: float | None = None
    tick: float | None = None
    lot: float | None = None
    source: str = FILE


def known_instruments(lake: Lake) -> str:
    """All described instruments as the JSON that the models read, one for a venue and symbol."""
    found: dict[tuple[str, str], Instrument] = {}
    for one in [*_of_venues(lake.objects), *_of_user(lake.settings.root / FILE)]:
        found[one.venue, one.venue_symbol] = one
    return json.dumps([asdict(one) for one in found.values()])


def save(store: ObjectStore, venue: str, instruments: Iterable[Instrument], now: datetime) -> str:
    """Store a venue's descriptions beside the earlier ones; the newest count. Gives the key."""
    key = f"{PREFIX}{venue}/{now.astimezone(UTC):%Y-%m-%dT%H%M%S}.json"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instruments.json"
        path.write_text(json.dumps([asdict(one) for one in instruments], indent=0))
        store.put_new(key, path)
    return key


def of_markets(venue: str, markets: Iterable[Mapping[str, Any]]) -> list[Instrument]:
    """The instruments of ccxt's market descriptions, by the venue's id and by ccxt's symbol.

    A market that is none of the four kinds (an index) is left out. An id that a spot market and a
    contract share is the spot market's, of `<venue>_derivatives` the contract's; one that still
    means several markets is left to the symbol's words.
    """
    named: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for market in markets:
        if market.get("type") in KINDS:
            for name in {market["id"]: None, market["symbol"]: None}:
                named[name].append(market)
    return [
        _of_market(venue, name, meant[0])
        for name, sharing in named.items()
        if len(meant := _meant(venue, sharing)) == 1
    ]


def _meant(venue: str, sharing: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Of the markets that share a name, those that trades of our venue mean."""
    if len(sharing) == 1:
        return sharing
    is_spot = not venue.endswith("_derivatives")
    return [market for market in sharing if (market["type"] == "spot") == is_spot]


def _of_market(venue: str, name: str, market: Mapping[str, Any]) -> Instrument:
    kind = KINDS[market["type"]]
    expiry = market.get("expiry")
    option = market.get("optionType")
    # an option's price is in the currency that settles it
    quote = market["settle"] if kind == "option" else market["quote"]
    size = 1.0 if venue in COUNT_UNITS else _number(market.get("contractSize"))
    return Instrument(
        venue,
        name,
        kind=kind,
        base=market["base"],
        quote=quote,
        settlement=market.get("settle"),
        expiry=f"{datetime.fromtimestamp(expiry / 1000, UTC):%y%m%d}" if expiry else None,
        strike=f"{market['strike']:.15g}-{option[0].upper()}" if option else None,
        contract=None if kind == "spot" else _contract(market),
        contract_size=None if kind == "spot" else size,
        tick=_number((market.get("precision") or {}).get("price")),
        lot=_number((market.get("precision") or {}).get("amount")),
        source="venue",
    )


def _contract(market: Mapping[str, Any]) -> str:
    if market.get("quanto"):
        return "quanto"
    return "inverse" if market.get("inverse") and market["type"] != "option" else "linear"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _of_venues(store: ObjectStore) -> list[Instrument]:
    newest = [keys[-1] for folder in store.folders(PREFIX) if (keys := store.list(folder))]
    return [Instrument(**one) for key in newest for one in json.loads(store.read(key))]


def _of_user(path: Path) -> list[Instrument]:
    if not path.exists():
        return []
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: this is not TOML ({error}); mend the line") from None
    tables = read.get("instrument", [])
    return [_of_table(path, place, table) for place, table in enumerate(tables, 1)]


def _of_table(path: Path, place: int, table: Mapping[str, Any]) -> Instrument:
    """One [[instrument]] of the user's file; SettingsError names the entry and the field."""
    where = f"{path}, instrument {place}"
    fields = dict(table)
    is_inverse = fields.pop("inverse", None)
    known = {*Instrument.__dataclass_fields__} - {"venue_symbol", "contract", "source"}
    wrong = sorted({*fields} - known - {"symbol"})
    if wrong:
        raise SettingsError(
            f"{where}: {wrong[0]!r} is no field; there are symbol, inverse, "
            f"{', '.join(sorted(known))}"
        )
    for name in ("venue", "symbol", "kind"):
        if not fields.get(name):
            raise SettingsError(f"{where}: {name!r} is missing")
    if fields["kind"] not in get_args(Kind):
        raise SettingsError(
            f"{where}: kind is one of {', '.join(get_args(Kind))}, was {fields['kind']!r}"
        )
    for name in ("contract_size", "tick", "lot"):
        value = fields.get(name)
        if value is not None and not (isinstance(value, int | float) and value > 0):
            raise SettingsError(f"{where}: {name} is a number above 0, was {value!r}")
    if isinstance(fields.get("expiry"), date):
        fields["expiry"] = f"{fields['expiry']:%y%m%d}"
    contract = None if is_inverse is None else "inverse" if is_inverse else "linear"
    return Instrument(venue_symbol=fields.pop("symbol"), contract=contract, **fields)
