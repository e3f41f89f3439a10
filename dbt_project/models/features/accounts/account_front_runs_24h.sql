{{ config(window_column='cell_start_at', grain='1 hour') }}

-- Of an account that ran ahead in the hour: its sums of front_runs_1h over the day up to the hour's
-- end, and how many accounts flipped in that day.
with cells as (
    select *
    from {{ ref('front_runs_1h') }}
    where {{ cells_read('1 hour', '23 hours') }}
),

due as (
    select distinct
        venue,
        symbol,
        cell_start_at,
    from cells
    where run_count > 0 and cell_start_at >= {{ first_cell('1 hour') }}
),

markets as (
    select
        due.venue,
        due.symbol,
        due.cell_start_at,
        count(distinct cells.account_id) as account_count,
    from due
    inner join cells
        on
            due.venue = cells.venue
            and due.symbol = cells.symbol
            and cells.cell_start_at between due.cell_start_at - interval '23 hours' and due.cell_start_at
    group by all
),

accounts as (
    select
        venue,
        symbol,
        account_id,
        run_count > 0 as is_due,
        {% for name in [
            'flip_count', 'run_count', 'before_count', 'chance', 'gain', 'run_notional', 'lead_ms',
        ] %}
            sum({{ name }}) over last_day as {{ name }},
        {% endfor %}
        flatten(list(client_ids) over last_day) as client_ids,
        cell_start_at,
        cell_end_at,
        trade_day,
    from cells
    window last_day as (
        partition by venue, symbol, account_id order by cell_start_at
        range between interval 23 hours preceding and current row
    )
)

select
    venue,
    symbol,
    account_id,
    flip_count::bigint as flip_count,
    run_count::bigint as run_count,
    before_count::bigint as before_count,
    chance / 1e9 as expected_count,
    gain::double as gain,
    run_notional::double as run_notional,
    lead_ms / 1e3 / run_count as mean_lead_s,
    client_ids,
    account_count,
    cell_start_at,
    cell_end_at,
    trade_day,
from accounts
inner join markets using (venue, symbol, cell_start_at)
where is_due
