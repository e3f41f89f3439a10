"""SQL of who is behind alerts: `parties.py` binds it. The words are in `reports/parties.py`."""

# Each alert's market up to its end; of these trades some are behind the alert. Both as sums over
# who bought and who sold, for trades may be millions.
QUERY = """
    with asked as (
        select
            unnest($places) as place,
            unnest($venues) as asked_venue,
            unnest($symbols) as asked_symbol,
            unnest($starts) as asked_from,
            unnest($ends) as asked_until,
    ),

    day as materialized (
        select
            place,
            buyer_account_id as buyer,
            seller_account_id as seller,
            coalesce(case place {behind} end, false) as is_behind,
            count(*) as trade_count,
            -- exact sums: those of doubles depend on their order
            sum(notional) as notional,
        from {trades} as trades
        inner join asked
            on {market} and traded_at >= asked_from and traded_at < asked_until
        where is_on_book and traded_at >= $first and traded_at < $last
        group by all
    ),

    sums as materialized (
        select
            place,
            sum(trade_count) as day_count,
            sum(notional) as day_notional,
            sum(trade_count) filter (where is_behind) as trade_count,
            sum(trade_count) filter (where is_behind and (buyer is not null or seller is not null))
                as named_count,
            sum(notional) filter (where is_behind) as notional,
        from day
        group by place
    ),

    -- a trade with oneself is one side of the money, and both of the counts
    sides as (
        select
            place, buyer as account_id, is_behind, notional as money,
            notional as bought, 0 as sold, trade_count as buy_count, 0 as sell_count,
        from day
        union all
        select
            place, seller, is_behind, if(buyer = seller, 0, notional),
            0, notional, 0, trade_count,
        from day
    ),

    accounts as materialized (
        select
            place,
            account_id,
            sum(bought) filter (where is_behind) as bought,
            sum(sold) filter (where is_behind) as sold,
            sum(money) filter (where is_behind) as behind,
            sum(money) as of_day,
            sum(buy_count) as buy_count,
            sum(sell_count) as sell_count,
        from sides
        where account_id is not null
        group by place, account_id
        having bool_or(is_behind)
    ),

    -- those that may be beyond chance, then each with one account and the other: together a join
    -- could begin with every two accounts of an alert
    met as materialized (
        select
            day.place,
            least(buyer, seller) as account_id,
            greatest(buyer, seller) as counterparty_id,
            sum(day.trade_count) as trade_count,
            sum(day.notional) as notional,
            any_value(sums.notional) as all_notional,
            any_value(sums.trade_count) as all_count,
            any_value(sums.day_count) as day_count,
        from day
        inner join sums using (place)
        where is_behind and buyer is not null and seller is not null
        group by day.place, least(buyer, seller), greatest(buyer, seller)
        having
            least(buyer, seller) = greatest(buyer, seller)
            or sum(day.trade_count) > 1 and sum(day.notional) >= {share} * any_value(sums.notional)
    ),

    met_by_one as materialized (
        select met.*, buy_count, sell_count from met inner join accounts using (place, account_id)
    ),

    pairs as (
        select
            one.*,
            if(one.account_id = counterparty_id, 1, 2) / 2 * all_count * (
                one.buy_count * other.sell_count + one.sell_count * other.buy_count
            ) / day_count ** 2 as expected_count,
        from met_by_one as one
        inner join accounts as other
            on one.place = other.place and one.counterparty_id = other.account_id
    ),

    named_accounts as (
        select
            place,
            count(*) as account_count,
            list({{
                'account_id': account_id,
                'bought': bought::double,
                'sold': sold::double,
                'share': coalesce(behind::double / nullif(sums.notional, 0)::double, 0),
                'share_of_day': coalesce(of_day::double / nullif(sums.day_notional, 0)::double, 0)
            }} order by behind desc, account_id)[:{accounts_named}] as accounts,
        from accounts
        inner join sums using (place)
        group by place
    ),

    named_pairs as (
        select
            place,
            list({{
                'account_id': account_id,
                'counterparty_id': counterparty_id,
                'trade_count': trade_count::bigint,
                'expected_count': expected_count,
                'share': coalesce(notional::double / nullif(all_notional, 0)::double, 0)
            }} order by notional desc, account_id, counterparty_id)[:{pairs_named}] as pairs,
        from pairs
        where account_id = counterparty_id or trade_count > {lift} * expected_count
        group by place
    )

    select
        place,
        trade_count::bigint as trade_count,
        named_count::bigint as named_count,
        account_count,
        accounts,
        pairs,
    from sums
    inner join named_accounts using (place)
    left join named_pairs using (place)
    where named_count > 0
"""

# of each account named in an alert: the earlier alerts of its venue that name it
EARLIER = """
    with asked as (
        select
            unnest($places) as place, unnest($accounts) as account_id, unnest($venues) as venue,
            unnest($starts) as start_at,
    ),

    naming as (
        select
            venue,
            window_end_at,
            unnest(list_distinct(list_concat(
                if(subject_kind = 'account', [subject_id], []),
                coalesce(json_extract_string(further_subjects, '$[*].id'), [])
            ))) as account_id,
        from lake.alerts.alerts
        where status <> 'superseded'
    )

    select place, account_id, count(*)
    from asked
    inner join naming using (venue, account_id)
    where naming.window_end_at <= asked.start_at
    group by place, account_id
"""
