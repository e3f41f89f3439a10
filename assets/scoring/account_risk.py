"""Risk of an account and day in four parts of 0 to 1, its place on the day's board, and its flags.

- volume: 2 q - 1, q the share of its own days before (29 at most, ten at least) with fewer dollars,
  equal ones counted half; of a younger account, of the venue's accounts of the day (20 at least).
- behaviour: the chance that any of the day's current alerts that name it is right, each by its
  severity's weight and its score, as the part abuse of `scores.symbol_risk`.
- velocity: log10(r) / 2, r the trades of its busiest hour over those of its usual hour with trades.
- compliance: (1 + log10(u)) / 2, u the greatest of: its largest trade over the reporting threshold,
  its dollars of 24 hours and of 30 days over the limits of its tier.

All are clipped to 0 to 1; `levels.py` says how they become a score and a level. The weights are our
own choice: no authority publishes any. An account's dollars count on both sides of its trades.
"""

from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.scoring.account_history import LEAST_ACCOUNTS, LEAST_DAYS, activity, alerts
from assets.scoring.levels import DIGITS, certainty_of, clipped, level_of, score_of
from assets.scoring.reporting import NOT_CHECKED, Reporting
from assets.scoring.tables import ACCOUNT_RISK
from assets.scoring.trade_history import LEAST_HOURS

# without an alert no account is critical
WEIGHTS = {"volume": 0.2, "behaviour": 0.9, "velocity": 0.2, "compliance": 0.3}


def rate_accounts(connection: DuckDBPyConnection, window: Window, reporting: Reporting) -> int:
    """Replace the rows of the window's days, each as of its end; the number of rows.

    `connection` is in a transaction, with the lake attached as `lake`.
    """
    connection.execute(
        f"delete from lake.{ACCOUNT_RISK.name} where trade_day between ? and ?",
        [window.days[0], window.days[-1]],
    )
    columns = ", ".join(ACCOUNT_RISK.column_names)
    query = query_of(reporting, columns)
    return sum(
        int(
            connection.execute(
                f"insert into lake.{ACCOUNT_RISK.name} ({columns}) {query}", {"day": day}
            ).fetchall()[0][0]
        )
        for day in window.days
    )


def query_of(reporting: Reporting, columns: str) -> str:
    """The accounts of the parameter day."""
    return f"""
    with {activity()},
    {alerts()},
    tiers as ({reporting.tier_rows}),
    {_measured(reporting)},
    {_parts()},
    scored as (
        select
            *, {score_of(WEIGHTS)} as score, {certainty_of(WEIGHTS)} as certainty,
            {level_of("score")} as level,
        from parts
    ),
    ranked as (
        select
            *,
            row_number() over (
                order by
                    score desc nulls last, alert_count desc, notional_usd desc nulls last,
                    trade_count desc, venue, account_id
            ) as rank,
        from scored
    )
    select {columns} from ranked order by rank
    """


def _measured(reporting: Reporting) -> str:
    """CTE `measured`: each account of the day beside what is usual of it, and who it is."""
    threshold = repr(reporting.reported_usd)
    return f"""
    measured as (
        select
            today.venue, today.account_id, accounts.owner_id, today.trade_day,
            today.trade_count,
            today.priced_count > 0 as is_priced,
            if(is_priced, today.notional_usd::double, null) as notional_usd,
            if(is_priced, today.notional_usd::double / today.priced_count, null)
                as mean_notional_usd,
            today.largest_notional_usd::double as largest_notional_usd,
            if(is_priced, today.usd_of_24h::double, null) as notional_usd_24h,
            if(is_priced, (today.notional_usd + coalesce(before.notional_usd, 0))::double, null)
                as notional_usd_30d,
            today.busiest_count as trading_velocity,
            if(
                before.hour_count >= {LEAST_HOURS},
                today.busiest_count * before.hour_count / before.trade_count::double,
                null
            ) as velocity_ratio,
            accounts.kyc_tier,
            if(
                exists (
                    select 1 from lake.marts.account_activity_1h as earlier
                    where earlier.venue = today.venue and earlier.cell_start_at < $day::date
                ),
                before.day_count is null,
                null
            ) as is_new,
            coalesce(named.alert_count, 0) as alert_count,
            coalesce(named.former_alert_count, 0) as former_alert_count,
            coalesce(named.patterns, []) as triggered_patterns,
            coalesce(any_right, 0) as any_right,
            coalesce(own_days.share, other_accounts.share) as share,
            largest_notional_usd / {threshold} as reported_times,
            notional_usd_24h / tiers.usd_24h as times_24h,
            notional_usd_30d / tiers.usd_30d as times_30d,
        from today
        left join before using (venue, account_id)
        left join own_days using (venue, account_id)
        left join other_accounts using (venue, account_id)
        left join named using (venue, account_id)
        left join lake.core.accounts as accounts using (venue, account_id)
        left join tiers on lower(accounts.kyc_tier) = tiers.tier
    )
    """


def _parts() -> str:
    """CTE `parts`: the parts, what is not known of them, the flags."""
    always = ", ".join(f"'{flag}'" for flag in NOT_CHECKED)
    return f"""
    parts as (
        select
            * replace (round(velocity_ratio, {DIGITS}) as velocity_ratio),
            {clipped("if(is_priced, 2 * share - 1, null)")} as volume,
            {clipped("any_right")} as behaviour,
            {clipped("log10(velocity_ratio) / 2")} as velocity,
            {clipped("(1 + log10(greatest(reported_times, times_24h, times_30d))) / 2")}
                as compliance,
            nullif(concat_ws(
                '; ',
                case
                    when not is_priced then 'volume: no dollar value'
                    when share is null
                        then 'volume: fewer than {LEAST_DAYS} days before, and than '
                            || '{LEAST_ACCOUNTS} accounts of the day'
                end,
                if(velocity is null, 'velocity: fewer than {LEAST_HOURS} hours before', null),
                if(is_priced, null, 'compliance: no dollar value')
            ), '') as unknown,
            case
                when not is_priced then ['NOT_CHECKED: reporting threshold']
                when reported_times >= 1 then ['REPORTING_THRESHOLD']
                else []
            end
            || if(times_24h is null, ['NOT_CHECKED: tier limits'], [])
            || if(times_24h > 1, ['TIER_LIMIT_24H'], [])
            || if(times_30d > 1, ['TIER_LIMIT_30D'], [])
            || [{always}] as compliance_flags,
        from measured
    )
    """
