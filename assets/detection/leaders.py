"""Who led a far move of the price, where its source names who took: SQL that detectors share."""

# to be joined to the moves of a detector that reads `leading_takers_1m`; where nobody is named, the
# leader is null
WITH_LEADERS = """
    left join (
        select
            venue, symbol, cell_end_at, stretch, usual_move_1m,
            account_id as leader,
            order_count as leader_order_count,
            notional / side_notional as leader_share,
            notional_back / notional as leader_back,
        from leading_takers_1m
    ) using (venue, symbol, cell_end_at, stretch)
"""
FURTHER_SUBJECTS = (
    "if(leader is null, [], [{'role': 'leading taker', 'kind': 'account', 'id': leader}])"
    " as further_subjects"
)
# fields of a hit's evidence, and the sentence that its description ends with
EVIDENCE = """
    'leader_order_count': leader_order_count,
    'leader_share': leader_share,
    'leader_back': leader_back,
    'usual_move_1m': usual_move_1m,
    'leader_words': if(
        leader is null,
        'The source does not name who took most of it',
        printf(
            'Account %s took %.0f%% of that side, in %d orders, and on the other side since then '
            || '%.0f%% as much',
            leader, 100 * leader_share, leader_order_count, 100 * leader_back
        )
    )
"""


def led_threshold(least: float, usual_moves: float, minutes: int) -> str:
    """SQL for the least move over some minutes that counts where one account led it."""
    return f"greatest({least}, {usual_moves} * usual_move_1m * sqrt({minutes}))"


def is_led(least_share: float, least_orders: int, least_back: float = 0.0) -> str:
    """SQL that is true where one account took enough of the move's side, and of the other since."""
    return (
        f"(leader_share >= {least_share} and leader_order_count >= {least_orders} "
        f"and leader_back >= {least_back})"
    )
