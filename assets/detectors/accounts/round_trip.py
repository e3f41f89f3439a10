"""Round trip: an account buys, sells and buys again within a minute, without price risk."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.chance import expected_accounts, smoothed_rate
from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades

# of three random trades within a minute: sides that alternate, two equal sizes, prices within fees
USUAL_RATE = {"known": 0.01, "unknown": 0.001}


class Params(DetectorParams):
    """How many round trips, and how rare, an account may make in an hour."""

    min_round_trips: int = Field(
        3, ge=1, description="Round trips with one counterparty in an hour."
    )
    max_expected: float = Field(
        0.01, gt=0, lt=1, description="Accounts that chance would bring so far in a day."
    )
    known_stretches: int = Field(
        100, ge=1, description="Own earlier stretches, from which on an account's habit is known."
    )
    min_share_unknown: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Share of the hour's volume, where counterparty and habit are unknown.",
    )


@detector(
    version=2,
    typology="round_trip",
    data_tier="accounts",
    subject="account",
    grid="5 minutes",
    look_back="5 minutes",
    references=(
        "Delegated Regulation (EU) 2016/522, Annex II, on wash trades",
        "The wash trading of codedstreams/crypto-risk-engine, with price and base rate",
    ),
    needs=("accounts",),
    null_rate_per_symbol_day=0.01,
    simulated_rate_per_symbol_day=0.0029,
    trades=Trades(last="1 hour", counterparty_column="counterparty"),
    description=(
        "Within an hour account {subject} traded to and fro {round_trip_count:,} times with "
        "{with_whom}: three trades within a minute of alternating sides, at prices that fees would "
        "swallow, such as {first_quantity:6 digits}, {second_quantity:6 digits} and "
        "{third_quantity:6 digits} units. Of {stretch_count:,} such stretches of trades "
        "{usual_count:2 digits} are so by chance."
    ),
    recommended_action=(
        "Ask who owns account {subject} and {with_whom}, and what the trades were for: neither "
        "gained a position by them."
    ),
)
def round_trip(
    bars_5m: DuckDBPyRelation, account_round_trips_5m: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """Trades that undo each other: buy, sell, buy, within a minute, of one size, at one price.

    A stretch is three trades in a row between two accounts within a minute. It is a round trip
    where sides alternate, quantities differ by at most 2 % from trade to trade, and prices by 0.2 %
    in all, two takers' fees. Of N stretches in the hour K were. The null: each is one with a chance
    p, the greater of that of all other pairs and of their own before, of the last day, drawn to
    0.01 as if 100 (20) stretches had shown it. Expected is N' / N * binomial(N, K) * p^K over the
    N' stretches of the market's day: how many pairs chance would bring so far. Hits at three round
    trips and an expectation of 0.01. The counterparty is one by definition: a market maker that all
    meet has its round trips with many.

    Where rows report one side, nobody knows the counterparty: a stretch is three trades in a row of
    one account, quantities may differ by 11 %, p is drawn to 0.001 as if 1,000 stretches had shown
    it, the account's own as if 2 had, and one round trip is enough where so few are expected. Until
    the account has shown 100 stretches before the hour, its round trips must close a quarter of the
    hour's volume: a bot that trades one lot to and fro with everybody is no abuse, and its habit is
    not known yet.

    Null rate: none in 360 symbol-days of simulated markets (five seeds, three days, 24 markets of
    9,000 to 140,000 trades, with makers that face each other all day and grid bots), all of which
    name both sides; stated is the upper end of the 95 % interval. Of rows that report one side:
    none in the 45 symbol-days of the demo's log, whose bots made the tier's thresholds.

    Known false positives: two makers that pass inventory; a bot that trades one lot; a venue that
    splits a netted order.

    Blind spot: cycles through three accounts and more; other trades of the same two between; legs
    more than a minute, 2 % or 0.2 % apart; one owner with two accounts; positions closed elsewhere.
    """
    market_count = "others_stretch_count + earlier_stretch_count + stretch_count"
    is_one_sided = "counterparty_id is null"
    prior = f"if({is_one_sided}, {USUAL_RATE['unknown']}, {USUAL_RATE['known']})"
    weight, own = f"if({is_one_sided}, 1000, 100)", f"if({is_one_sided}, 2, 20)"
    judged = bars_5m.query(
        "unread",
        f"""
        select
            trips.*,
            trips.notional / market_notional as share_of_market,
            {smoothed_rate("others_round_trip_count", "others_stretch_count", prior, weight)}
                as others_rate,
            {smoothed_rate("earlier_round_trip_count", "earlier_stretch_count", "others_rate", own)}
                as own_rate,
            greatest(others_rate, own_rate) as rate,
            {expected_accounts("round_trip_count", "stretch_count", f"({market_count})", "rate")}
                as expected,
        from account_round_trips_5m as trips
        inner join bars_5m using (venue, symbol, cell_start_at)
        """,
    )
    hits = judged.filter(
        f"""
        expected <= {params.max_expected}
        and if(
            {is_one_sided},
            earlier_stretch_count >= {params.known_stretches}
            or share_of_market >= {params.min_share_unknown},
            round_trip_count >= {params.min_round_trips}
        )
        """
    )
    return hits.project(
        """
        venue, symbol, account_id, cell_start_at, cell_end_at,
        counterparty_id as counterparty,
        round_trip_count as statistic,
        least(stretch_count * rate, round_trip_count) as threshold,
        least(expected, 1) as p_value,
        notional,
        notional * usd_per_quote as notional_usd,
        case
            when counterparty_id is not null
                then [{'role': 'counterparty', 'kind': 'account', 'id': counterparty_id}]
            else []
        end as further_subjects,
        {
            'round_trip_count': round_trip_count,
            'with_whom': coalesce('account ' || counterparty_id, 'an unknown account'),
            'stretch_count': stretch_count,
            'usual_count': stretch_count * rate,
            'first_quantity': largest_trip[3],
            'second_quantity': largest_trip[2],
            'third_quantity': largest_trip[1],
            'expected': expected,
            'others_rate': others_rate,
            'own_rate': own_rate,
            'others_stretch_count': others_stretch_count
        } as evidence
        """
    )
