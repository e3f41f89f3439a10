"""The markets to pull, as `markets.toml` in the home lists them."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.lake.settings import SettingsError
from assets.landing.venues.known import VENUES

FILE = "markets.toml"
SYMBOL = re.compile(r"[A-Z0-9]+-[A-Z0-9]+")
EXAMPLE = 'since = 2026-11-01\n\n[markets]\nkraken = ["BTC-USD"]'


@dataclass(frozen=True)
class ListedMarkets:
    """The first UTC day to pull, and the symbols (`BTC-USD`) of each venue."""

    since: date
    symbols: Mapping[str, tuple[str, ...]]


def listed_markets(home: Path) -> ListedMarkets | None:
    """What the home's `markets.toml` lists; None without one. SettingsError says what is wrong."""
    path = home / FILE
    if not path.exists():
        return None
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}; it looks like this:\n{EXAMPLE}") from None
    if faults := _faults(read):
        raise SettingsError("\n".join(f"{path}: {fault}" for fault in faults))
    symbols = {venue: tuple(dict.fromkeys(listed)) for venue, listed in read["markets"].items()}
    return ListedMarkets(read["since"], symbols)


def _faults(read: Mapping[str, Any]) -> list[str]:
    faults = [f"{name} is no key: since and markets are" for name in {*read} - {"since", "markets"}]
    # a time with a clock is a date to Python
    if type(read.get("since")) is not date:
        faults.append("since is the first day to pull, e.g. since = 2026-11-01")
    markets = read.get("markets")
    if not isinstance(markets, dict) or not markets:
        return [*faults, 'markets has a list for each venue, e.g. kraken = ["BTC-USD"]']
    for venue, symbols in markets.items():
        if venue not in VENUES:
            faults.append(f"{venue} is no venue: they are {', '.join(VENUES)}")
        elif not isinstance(symbols, list) or not symbols:
            faults.append(f'{venue} lists its symbols, e.g. {venue} = ["BTC-USD"]')
        else:
            wrong = [one for one in symbols if not SYMBOL.fullmatch(str(one))]
            faults += [f"{venue}: a symbol is like BTC-USD, was {one!r}" for one in wrong]
    return faults
