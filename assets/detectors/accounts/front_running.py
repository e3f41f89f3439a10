"""Front running: an account trades just before others' large orders, and back just after them."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades, poisson_surprise


class Params(DetectorParams):
    """How often an account must run ahead, and how rare that must be."""

    min_times: int = Field(5, ge=3, description="Times ahead of a large order in a day.")
    max_expected: float = Field(
        1e-4, gt=0, lt=1, description="Accounts that chance would bring so far in a day."
    )
    min_lift: float = Field(
        3.0, ge=1, description="Times ahead beside those that chance gives the account."
    )


@detector(
    version=1,
    typology="front_running",
    data_tier="accounts",
    subject="account",
    grid="1 hour",
    look_back="1 hour",
    references=(
        "Regulation (EU) 2023/1114 (MiCA), Articles 87 and 89, on the use of inside information",
        "Delegated Regulation (EU) 2016/522, Annex II",
        "FINRA Rule 5270, on front running of block transactions",
    ),
    needs=("accounts",),
    null_rate_per_symbol_day=0.01,
    simulated_rate_per_symbol_day=0.0029,
    trades=Trades(last="1 day"),
    description=(
        "Within a day account {subject} traded {times:,} times on the side of a large order of "
        "another account, {mean_lead_s:.1f} s ahead of it, and back within a minute, for a gain of "
        "{gain:6 digits} {quote}. Of its {flip_count:,} such turns {usual_times:2 digits} are "
        "ahead of one by chance. Most often, {client_times:,} times, the large order was one of "
        "account {client}."
    ),
    recommended_action=(
        "Ask how account {subject} could know of the orders of account {client}: who sees them "
        "before the market does, and whom both have in common."
    ),
)
def front_running(
    bars_1h: DuckDBPyRelation, account_front_runs_24h: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """An account whose short trades begin just before a large order, far more often than chance.

    A flip is an order of an account and its next one, of the other side and the same size within
    5 %, at most a minute later. It is ahead where another account's order of the first one's side,
    three times as large at least, follows within three seconds, and before the flip is closed. Each
    flip is so by chance with 1 - exp(-rate * time), at the hour's rate of such orders; orders come
    in bursts, so that as many as had such an order as short a time *before* are chance too. The
    greater of both sums over a day is what chance gives. By Chernoff's bound of a sum of unequal
    chances (Poisson-binomial), times the accounts that flipped, it leads to an expected number of
    accounts. Hits at five times, three times what chance gives, 0.0001 accounts, and a gain over
    all that were ahead.

    Null rate: none in 378 clean symbol-days of simulated markets (two seeds, seven days, 27 markets
    of 2,000 to 170,000 trades, with grid and clock bots, makers that face each other, copy groups,
    and orders that come in bursts of one side and account); stated is the upper end of the exact
    95 % interval. Nor any false one in 756 symbol-days with abuses planted.

    Known false positives: latency arbitrage; two who act on one signal, the smaller one faster; a
    client who splits an order over two accounts.

    Blind spot: a lead of more than three seconds; positions closed after a minute, in parts, in
    another size, after another order of the account or elsewhere; a related account that closes
    them; fewer than five times a day; small orders where orders three times as large come every few
    seconds anyway; a client's order that never traded.
    """
    expected = "accounts.account_count * exp(-surprise)"
    ranked = """
        list_sort(list_transform(
            list_distinct(client_ids),
            lambda id: {'times': -len(list_filter(client_ids, lambda one: one = id)), 'id': id}
        ))[1]
    """
    judged = bars_1h.query(
        "unread",
        f"""
        select
            accounts.*,
            bars_1h.notional_usd::double / nullif(bars_1h.notional, 0)::double as usd_per_quote,
            greatest(expected_count, before_count) as usual_times,
            {poisson_surprise("run_count", "usual_times")} as surprise,
            {expected} as expected,
            {ranked} as client,
        from account_front_runs_24h as accounts
        inner join bars_1h using (venue, symbol, cell_start_at)
        """,
    )
    hits = judged.filter(
        f"""
        run_count >= {params.min_times}
        and run_count >= {params.min_lift} * usual_times
        and expected <= {params.max_expected}
        and gain > 0
        """
    )
    return hits.project(
        f"""
        venue, symbol, account_id, cell_start_at, cell_end_at,
        run_count as statistic,
        {params.min_times} as threshold,
        least(expected, 1) as p_value,
        run_notional as notional,
        run_notional * usd_per_quote as notional_usd,
        [{{'role': 'client', 'kind': 'account', 'id': client.id}}] as further_subjects,
        {{
            'times': run_count,
            'flip_count': flip_count,
            'usual_times': usual_times,
            'times_before': before_count,
            'expected_count': expected_count,
            'expected': expected,
            'mean_lead_s': mean_lead_s,
            'gain': gain,
            'client': client.id,
            'client_times': -client.times
        }} as evidence
        """
    )
