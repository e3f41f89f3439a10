"""Transfers between wallets: honest ones, and three methods of hiding the money's origin."""

from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path as FilePath

import numpy as np
import pyarrow as pa

from assets.simulation.abuse.sanctioned_counterparty import sanctioned_counterparty
from assets.simulation.abuse.smurfing import smurfing
from assets.simulation.abuse.structuring import structuring
from assets.simulation.background import DAY, season
from assets.simulation.episodes import SEVERITIES, Episode
from assets.simulation.labels import Label
from assets.simulation.parquet_files import write_table
from assets.simulation.randomness import stream
from assets.simulation.tape_files import decimals
from assets.simulation.trade_tables import coded, microseconds, repeated
from assets.simulation.wallets import (
    ASSETS,
    CHAIN,
    SANCTIONED,
    SMURFS_AT_MOST,
    USD_A_UNIT,
    PlantedTransfers,
    Transferred,
    Wallets,
    honest_transfers,
)

ABUSES = (structuring, smurfing, sanctioned_counterparty)
TRADES_A_TRANSFER = 200
TRADES_A_WALLET = 1_000
FEWEST_TRANSFERS = 200
FEWEST_WALLETS = SANCTIONED + 5 * SMURFS_AT_MOST
UNIT_DECIMALS = 8
# an abuse begins early enough in its day to end before the next
LATEST_HOUR = 12.0


@dataclass(frozen=True)
class Transfers:
    """Every transfer by time, the addresses of the wallets, and the labels."""

    rows: Transferred
    addresses: list[str]
    sanctioned: list[str]
    labels: list[Label]


def transfers_beside(seed: int, day_count: int, first_weekday: int, trades: int) -> Transfers:
    """Transfers for a market of this many trades; each abuse once at each severity."""
    random = stream(seed, "transfers")
    wallets = Wallets(max(FEWEST_WALLETS, trades // TRADES_A_WALLET))
    rate = season(day_count, first_weekday)
    count = max(FEWEST_TRANSFERS, trades // TRADES_A_TRANSFER)
    second = random.choice(len(rate), count, p=rate / rate.sum())
    at_ms = np.sort(second * 1_000 + random.integers(0, 1_000, count))
    planted = [
        plant(random, wallets, _start(random, day_count), severity)
        for plant, severity in product(ABUSES, SEVERITIES)
    ]
    parts = [honest_transfers(random, wallets, at_ms), *(one.transferred for one in planted)]
    origin = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    rows = Transferred.together(parts)
    order = np.argsort(rows.at_ms, kind="stable")
    addresses = wallets.addresses(random)
    labels = [
        _label(one, transfer_ids(np.flatnonzero(origin[order] == number)), addresses)
        for number, one in enumerate(planted, 1)
    ]
    by_time = Transferred(
        *(column[order] for column in (rows.at_ms, rows.sender, rows.receiver, rows.asset,
                                       rows.cents))
    )  # fmt: skip
    sanctioned = [addresses[number] for number in wallets.sanctioned]
    return Transfers(by_time, addresses, sanctioned, labels)


def write_transfers(transfers: Transfers, first_midnight: datetime, folder: FilePath) -> None:
    """Write `transfers.parquet`, with the columns of `core.transfers`, and the sanctions list."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = transfers.rows
    units = np.array(USD_A_UNIT)[rows.asset]
    amount = np.rint(rows.cents / 100 / units * 10**UNIT_DECIMALS).astype(np.int64)
    table = pa.table(
        {
            "chain": repeated(CHAIN, len(rows)),
            "transfer_id": transfer_ids(np.arange(len(rows))),
            "sender": pa.array(transfers.addresses).take(pa.array(rows.sender)),
            "receiver": pa.array(transfers.addresses).take(pa.array(rows.receiver)),
            "asset": coded(rows.asset, ASSETS),
            "amount": decimals(amount, UNIT_DECIMALS),
            "amount_usd": decimals(rows.cents, 2),
            "transferred_at": microseconds(first_midnight, rows.at_ms),
        }
    )
    write_table(table, folder / "transfers.parquet", "transfers")
    wallets = pa.table({"wallet": transfers.sanctioned})
    write_table(wallets, folder / "sanctioned_wallets.parquet", "wallets")


def transfer_ids(rows: np.ndarray) -> pa.Array:
    """`x1`, `x2`, … for the rows of all transfers by time."""
    return pa.array([f"x{row + 1}" for row in rows.tolist()], pa.string())


def _start(random: np.random.Generator, day_count: int) -> int:
    return int(random.integers(0, day_count)) * DAY + int(random.uniform(0, LATEST_HOUR) * 3_600)


def _label(planted: PlantedTransfers, ids: pa.Array, addresses: list[str]) -> Label:
    at_ms = planted.transferred.at_ms
    return Label(
        Episode(
            typology=planted.typology,
            symbol=ASSETS[planted.transferred.asset[0]],
            start_ms=int(at_ms.min()),
            end_ms=int(at_ms.max()) + 1,
            is_abuse=True,
            severity=planted.severity,
            description=planted.description,
            venue=CHAIN,
        ),
        accounts=tuple(addresses[number] for number in planted.culprits),
        transfers=tuple(ids.to_pylist()),
    )
