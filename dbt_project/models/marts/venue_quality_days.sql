{{ config(window_column='trade_day', grain='1 day') }}

-- What a day's tape says about its venue, each test with its number and with what chance gives. None
-- raises an alert: each has honest causes. A test that the day does not allow has the reason, no number.
{% set tests = [
    'size_quality_days', 'size_break_days', 'clock_quality_days', 'flow_quality_days', 'impact_quality_days'
] %}
with tested as (
    {% for test in tests %}
        select venue, symbol, test, value, expected, limit_by_chance, sample_count, reason, trade_day,
        from {{ ref(test) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    venue,
    symbol,
    test,
    case when reason is null then value end as value,
    case when reason is null then expected end as expected,
    case when reason is null then limit_by_chance end as limit_by_chance,
    sample_count,
    reason,
    trade_day,
from tested
