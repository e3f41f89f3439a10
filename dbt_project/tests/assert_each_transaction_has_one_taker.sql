{{ config(severity='warn') }}
-- Hyperliquid states the taker by `side` and by the order of `users`. If one of them meant something
-- else, the fills of one transaction would have several takers: then buyers and sellers are not to
-- be trusted. Without a hash, the fills of one side at one time count as a transaction.
select
    venue,
    symbol,
    traded_at,
    aggressor_side,
    order_id,
    count(*) as fill_count,
    count(distinct account_id) as taker_count,
    count(distinct counterparty_account_id) as maker_count,
from {{ ref('trades') }}
where
    venue = 'hyperliquid'
    and traded_at >= {{ window_start() }}
    and traded_at < {{ window_end() }}
group by all
having taker_count > 1
