"""What an account traded on a day and before, and which alerts name it, as CTEs; parameter: day."""

from assets.alerts.tables import ALERTS
from assets.risk.symbol_risk import SEVERITY_WEIGHTS
from assets.scoring.trade_history import HISTORY_DAYS

LEAST_DAYS = 10
"""Days before, without which an account is compared with the others of the day."""
LEAST_ACCOUNTS = 20
"""Accounts of a venue's day, without which these say nothing of one."""


def activity() -> str:
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


def alerts() -> str:
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
