"""Which accounts have one owner: by declared owners, devices and funding wallets."""

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from ml.components import components

MOST_ACCOUNTS_OF_A_DEVICE = 25
"""A device or wallet that more accounts share links nobody. Rings that are known have up to some
twenty members; a shared machine (an office, a broker's gateway) or an exchange's hot wallet has
hundreds of strangers, and would make one owner of them all."""
LINKED = "linked-"
ID_DIGITS = 12


def name_owners(connection: DuckDBPyConnection) -> None:
    """Make `owned` (venue, account_id, owner_id) of the tables `described` and `linked`.

    An owner's id depends on its accounts and links alone, not on the order in which they landed.
    """
    connection.execute(
        """
        create or replace temp table nodes as
        select
            venue,
            account_id,
            row_number() over (order by venue, account_id) - 1 as node,
        from (
            select venue, account_id from described
            union
            select venue, account_id from linked
        );

        create or replace temp table edges as
        select
            min(nodes.node) over (partition by linked.link_kind, linked.value) as least_node,
            nodes.node,
        from linked
        inner join nodes using (venue, account_id)
        where not linked.is_hub
        """
    )
    ((count,),) = connection.execute("select count(*) from nodes").fetchall()
    edges = connection.execute("select least_node, node from edges").fetchnumpy()
    group = components(edges["least_node"].astype(np.int64), edges["node"].astype(np.int64), count)
    connection.register("grouped", pa.table({"node": np.arange(count), "group_node": group}))
    connection.execute(
        f"""
        create or replace temp table owned as
        with grouped_accounts as (
            select
                nodes.venue,
                nodes.account_id,
                grouped.group_node,
                count(*) over (partition by grouped.group_node) as account_count,
            from nodes
            inner join grouped using (node)
        ),

        declared as (
            select
                grouped_accounts.group_node,
                min(linked.value) as owner_id,
            from grouped_accounts
            inner join linked using (venue, account_id)
            where linked.link_kind = 'owner'
            group by grouped_accounts.group_node
        )

        select
            grouped_accounts.venue,
            grouped_accounts.account_id,
            coalesce(
                declared.owner_id,
                if(
                    account_count > 1,
                    '{LINKED}' || left(sha256(least.venue || '|' || least.account_id), {ID_DIGITS}),
                    null
                )
            ) as owner_id,
        from grouped_accounts
        inner join nodes as least on grouped_accounts.group_node = least.node
        left join declared on grouped_accounts.group_node = declared.group_node
        """
    )
    connection.unregister("grouped")
