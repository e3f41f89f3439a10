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

from assets.alerts.tables import ALERTS
from assets.market.window import Window
from assets.risk.levels import DIGITS, certainty_of, clipped, level_of, score_of
from assets.risk.reporting import NOT_CHECKED, Reporting
from assets.risk.symbol_risk import SEVERITY_WEIGHTS
from assets.risk.tables import ACCOUNT_RISK
from assets.risk.trade_history import HISTORY_DAYS, LEAST_HOURS

# without an alert no account is critical
WEIGHTS = {"volume": 0.2, "behaviour": 0.9, "velocity": 0.2, "compliance": 0.3}
LEAST_DAYS = 10
LEAST_ACCOUNTS = 20


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
    with {_activity()},
    {_alerts()},
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


def _activity() -> str:
    """CTEs `days` (an account's days up to this one) and `today`, with its busiest hour."""
    return f"""
    activity as materialized (
        select
            *,
            sum(notional_usd) over (
                partition by venue, account_id order by cell_start_at
                range between interval 23 hours preceding and current row
            ) as usd_of_24h,
        from lake.marts.account_activity_1h
        where
            cell_start_at >= $day::date - {HISTORY_DAYS} and cell_start_at < $day::date + 1
            and (venue, account_id) in (
                select (venue, account_id) from lake.marts.account_activity_1h
                where cell_start_at >= $day::date and cell_start_at < $day::date + 1
            )
    ),

    days as materialized (
        select
            venue, account_id, cell_start_at::date as trade_day,
            sum(trade_count)::bigint as trade_count,
            sum(priced_count)::bigint as priced_count,
            sum(notional_usd) as notional_usd,
            max(largest_notional_usd) as largest_notional_usd,
            max(usd_of_24h) as usd_of_24h,
            max(trade_count) as busiest_count,
            count(*) as hour_count,
        from activity
        group by all
    ),

    today as (select * from days where trade_day = $day::date),

    before as (
        select
            venue, account_id,
            sum(trade_count) as trade_count,
            sum(hour_count) as hour_count,
            count(*) as day_count,
            sum(notional_usd) as notional_usd,
        from days
        where trade_day < $day::date
        group by all
    ),

    own_days as (
        select
            today.venue, today.account_id,
            avg(
                case
                    when days.notional_usd < today.notional_usd then 1
                    when days.notional_usd = today.notional_usd then 0.5
                    else 0
                end
            ) as share,
        from today
        inner join days using (venue, account_id)
        where days.trade_day < $day::date
        group by all
        having count(*) >= {LEAST_DAYS}
    ),

    other_accounts as (
        select
            venue, account_id,
            (
                rank() over (partition by venue order by notional_usd) - 1
                + 0.5 * count(*) over (partition by venue, notional_usd)
            ) / count(*) over (partition by venue) as share,
        from today
        qualify count(*) over (partition by venue) >= {LEAST_ACCOUNTS}
    )
    """


def _alerts() -> str:
    """CTE `named`: of each account of the day its alerts, those of the day and those before."""
    weights = " ".join(f"when '{name}' then {w}" for name, w in SEVERITY_WEIGHTS.items())
    is_of_day = "window_end_at > $day::date"
    return f"""
    naming as (
        select
            venue, alert_id, typology, severity, score, window_end_at,
            unnest(list_distinct(list_concat(
                if(subject_kind = 'account', [subject_id], []),
                coalesce(json_extract_string(further_subjects, '$[*].id'), [])
            ))) as account_id,
        from lake.{ALERTS.name}
        where status <> 'superseded' and window_start_at < $day::date + 1
    ),

    named as (
        select
            venue, account_id,
            count(*) filter ({is_of_day}) as alert_count,
            count(*) filter (not {is_of_day}) as former_alert_count,
            list_sort(list(distinct typology) filter ({is_of_day})) as patterns,
            -- a product of doubles depends on its order
            1 - coalesce(list_product(list(
                1 - case severity {weights} else 0 end * score order by alert_id
            ) filter ({is_of_day})), 1) as any_right,
        from naming
        group by all
    )
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
