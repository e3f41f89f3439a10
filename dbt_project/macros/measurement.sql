{# The constants of measurement: what the models need in order to state a fact at all, each with its reason. None #}
{# of them defines abuse; the Params of a detector (assets/detectors/) do that. #}

{# Robust scores. A logarithm that strays by less than 5 % around its median strays by rounding and the tick of sizes; #}
{# without a floor, the first ordinary cell after a machine's regular trades would lie any number of scales away. #}
{% macro least_log_scale() %}0.05{% endmacro %}

{# Baselines of the 24 hours before. Two hours' cells of five minutes: what a median and a deviation need at least. #}
{% macro least_cells_of_a_day() %}24{% endmacro %}

{# Baselines at the same time of day, for the anomaly model: three days of seven cells each. #}
{% macro least_days_at_a_time() %}3{% endmacro %}

{# The same for the factor of volatility at a time of day, which multiplies: ten days of the fourteen. #}
{% macro least_days_of_a_factor() %}10{% endmacro %}

{# A symbol of fewer trades a day has too few cells at one time of day in 14 days: it is measured over 28. #}
{% macro thin_trades_per_day() %}50{% endmacro %}

{# The weight that a squared return of five minutes loses with each cell of age: half of it in 23 cells, two hours. #}
{% macro volatility_decay() %}0.97{% endmacro %}

{# The volatility of usual minutes: a minute's return counts at most as 2 %, so that one crash before does not hide #}
{# the next for a day. #}
{% macro largest_usual_return() %}0.02{% endmacro %}

{# Order sizes: bins of equal ratio, eight to a doubling, so that a bin is 9 % wide and an hour has a hundred of them. #}
{% macro size_bins_of_a_doubling() %}8{% endmacro %}
{% macro size_bin(size) %}floor(log2({{ size }}) * {{ size_bins_of_a_doubling() }})::integer{% endmacro %}

{# An order so many times the next largest is one that stood out: the next one like it is not usual for that. #}
{% macro outlier() %}3{% endmacro %}

{# The tail of order sizes begins at the bin with the largest hundredth: below it sizes are not yet a power law. #}
{% macro orders_to_one_of_the_tail() %}100{% endmacro %}

{# A pair: the same quantity within a second (in microseconds) and, for want of the venue's tick, within one basis point. #}
{% macro pair_microseconds() %}1000000{% endmacro %}
{% macro pair_price_share() %}1e-4{% endmacro %}

{# A feed of single trades is complete in a minute if it has the aggregates' notional; a thousandth is rounding. #}
{% macro whole_feed_share() %}0.999{% endmacro %}

{# No venue trades less than this of anything; tokens of 18 decimals trade in lots of 1e-8 and more. #}
{% macro least_lot() %}1e-12{% endmacro %}

{# Ids count up by one if nine steps in ten do, and ten at least: a feed that loses one trade in ten still tells it, and #}
{# a symbol that shares its venue's numbers hardly ever comes so near. #}
{% macro least_consecutive_ids() %}10{% endmacro %}
{% macro consecutive_share() %}0.9{% endmacro %}

{# Completeness of an hour: more than one id in a hundred is missing. #}
{% macro trades_to_a_missing_id() %}100{% endmacro %}

{# Or no trade for ten minutes in which twenty are usual: bursts count for much, where 20 are usual none is still rare. #}
{% macro silent_seconds() %}600{% endmacro %}
{% macro silent_trades() %}20{% endmacro %}

{# A day is sparse with fewer than nine tenths of its 288 cells of five minutes: its variance then misses returns. #}
{% macro least_cells_of_a_covered_day() %}260{% endmacro %}

{# Annualised volatility: an hour of returns of five minutes. Of fewer, one return decides. #}
{% macro least_returns_of_a_day() %}12{% endmacro %}

{# Growing orders: each half as large again as the one before, three of them within two minutes, as the replaced risk #}
{# engine asked; a market's own stretches say how often that is chance. #}
{% macro growth() %}1.5{% endmacro %}
{% macro growth_milliseconds() %}120000{% endmacro %}

{# Round trips: three trades within a minute, at prices that two takers' fees of ten basis points would swallow. Sizes #}
{# are equal within 2 % where both sides are known, which lots leave; else within 11 %, as the replaced engine asked. #}
{% macro round_trip_seconds() %}60{% endmacro %}
{% macro round_trip_price_share() %}0.002{% endmacro %}
{% macro round_trip_quantity_share() %}if(counterparty_id is null, 0.11, 0.02){% endmacro %}

{# A pair of accounts that meet: four trades an hour, and four times what their own activity leads to. Below that, or of #}
{# two makers who are everybody's partner, nothing is said. #}
{% macro least_meetings() %}4{% endmacro %}
{% macro unexpected_meetings() %}4{% endmacro %}

{# A flip: an order and the account's next one, of the other side and of one size within 5 %, at most a minute later. #}
{# Ahead of a client: an order of the first one's side, three times as large, within three seconds after it. #}
{% macro flip_milliseconds() %}60000{% endmacro %}
{% macro flip_size_share() %}0.95{% endmacro %}
{% macro client_size() %}3{% endmacro %}
{% macro lead_milliseconds() %}3000{% endmacro %}

{# A rise at which accounts are looked up: 5 % in three minutes, and ten volatilities of one minute. Less is so usual in #}
{# thin markets that to ask who bought before would cost a look at a day's trades every few hours. #}
{% macro least_rise() %}0.05{% endmacro %}
{% macro least_rise_volatilities() %}10{% endmacro %}

{# Moves at which it is looked up who led them: bursts of half a minute by several orders, three tenths taken back; the #}
{# five minutes before a full hour, two fifths taken back; half an hour, half of the way from minute to minute kept. #}
{% macro least_burst() %}0.003{% endmacro %}
{% macro least_burst_orders() %}5{% endmacro %}
{% macro least_burst_taken_back() %}0.3{% endmacro %}
{% macro least_reference_move() %}0.005{% endmacro %}
{% macro least_share_taken_back() %}0.4{% endmacro %}
{% macro least_run() %}0.015{% endmacro %}
{% macro least_efficiency() %}0.5{% endmacro %}

{# Measures of hours (Amihud, Abdi and Ranaldo): six of them. Of fewer, one hour decides. #}
{% macro least_hours() %}6{% endmacro %}

{# Kyle's lambda: five hours of cells of five minutes, below which the t of Newey and West, which is right for many, is #}
{# far from it. #}
{% macro least_cells_of_a_regression() %}60{% endmacro %}

{# The takers' spread and its deviation over the day: an hour of cells of five minutes. #}
{% macro least_cells_of_a_spread() %}12{% endmacro %}

{# Roll's covariance of an hour: 30 pairs of changes. #}
{% macro least_changes_of_an_hour() %}30{% endmacro %}

{# The largest hundredth of the trades is one trade at least. #}
{% macro least_prints_of_a_hundredth() %}100{% endmacro %}

{# A venue's basis: half an hour of minutes in which another venue traded too. A basis is wide from 10 basis points on, #}
{# what two takers' fees swallow. #}
{% macro least_minutes_of_a_basis() %}30{% endmacro %}
{% macro wide_basis_bp() %}10{% endmacro %}

{# The position, in US dollars, for which the cost of selling is stated. #}
{% macro position_usd() %}100000{% endmacro %}
