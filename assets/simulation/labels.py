"""Labels down to accounts, trades and orders: `labels.parquet` of a whole market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pyarrow as pa

from assets.simulation.episodes import SCHEMA, Episode, by_time, label_rows
from assets.simulation.orders import EVENTS, ORDINARY, OVERLAPPED
from assets.simulation.parquet_files import write_table
from assets.simulation.symbol_market import VenueMarket
from assets.simulation.trade_tables import Ids, account_ids

# the reaction to an abuse's last order may come this much later
AFTERMATH_MS = 1_000
PARTS = ("accounts", "trades", "orders", "transfers")
LABELS_SCHEMA = pa.schema([*SCHEMA, *((part, pa.list_(pa.string())) for part in PARTS)])


@dataclass(frozen=True)
class Label:
    """An episode and its accounts, trades and orders; honest ones name none."""

    episode: Episode
    accounts: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    transfers: tuple[str, ...] = ()


def market_labels(episodes: Sequence[Episode], market: VenueMarket, ids: Ids) -> list[Label]:
    """Labels of one symbol on one venue."""
    venue, symbol = market.venue.name, market.path.instrument.symbol
    return [
        _label(episode, market, ids)
        for episode in episodes
        if (episode.venue, episode.symbol) == (venue, symbol)
    ]


def write_market_labels(
    labels: Sequence[Label], first_midnight: datetime, path: FilePath
) -> list[dict[str, Any]]:
    """Write the labels as Parquet, by time; return the written rows."""
    by_episode = {id(label.episode): label for label in labels}
    ordered = sorted((label.episode for label in labels), key=by_time)
    rows = label_rows(ordered, first_midnight)
    for row, episode in zip(rows, ordered, strict=True):
        row |= {part: list(getattr(by_episode[id(episode)], part)) for part in PARTS}
        row["episode_id"] = f"{row['episode_id']}/{episode.venue}"
    write_table(pa.Table.from_pylist(rows, LABELS_SCHEMA), path, "labels")
    return rows


def _label(episode: Episode, market: VenueMarket, ids: Ids) -> Label:
    if not episode.is_abuse:
        return Label(episode)
    tape, quotes, other_side = market.tape, market.quotes, market.other_side
    first, last = episode.start_ms, episode.end_ms + AFTERMATH_MS
    rows = np.arange(*np.searchsorted(tape.at_ms, [first, last]))
    rows = rows[_is_of(episode, tape.event[rows])]
    agreed = rows[tape.maker[rows] >= 0]
    is_placed = (quotes.at_ms >= first) & (quotes.at_ms < last) & _is_of(episode, quotes.event)
    placed = np.flatnonzero(is_placed)
    who = [tape.account[rows], tape.maker[agreed], quotes.account[placed]]
    orders = [
        ids.takers(np.unique(tape.order[rows])),
        ids.makers(np.unique(other_side.order[agreed])),
        ids.quotes(placed),
    ]
    accounts = account_ids(market.venue.mark, np.unique(np.concatenate(who))).cast(pa.string())
    return Label(
        episode,
        tuple(accounts.to_pylist()),
        tuple(ids.trades(rows).to_pylist()),
        tuple(order for part in orders for order in part.to_pylist()),
    )


def _is_of(episode: Episode, event: np.ndarray) -> np.ndarray:
    """Which trades or quotes of an episode's time belong to it, by their events."""
    if episode.event:
        return event == EVENTS.index(episode.event)
    others = [ORDINARY, *(EVENTS.index(name) for name in OVERLAPPED)]
    return ~np.isin(event, others)
