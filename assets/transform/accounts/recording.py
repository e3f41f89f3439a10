"""Write the tables of accounts anew from everything that landed of them."""

from duckdb import DuckDBPyConnection

from assets.lake.connection import literal
from assets.lake.lake import Lake
from assets.lake.objects.object_store import ObjectStore
from assets.landing.accounts.rows import PUBLIC
from assets.landing.reader import landed_objects
from assets.transform.accounts.owners import MOST_ACCOUNTS_OF_A_DEVICE, name_owners
from assets.transform.accounts.tables import ACCOUNT_TABLES, LANDED_ACCOUNTS

DATASETS = ("accounts", "account_links")
EMPTY = {
    "accounts": "source_line bigint, venue varchar, account_id varchar, owner_id varchar, "
    "kind varchar, country varchar, kyc_tier varchar, opened_at varchar, declared_role varchar, "
    "opened_us bigint, error varchar, source_file varchar, landed_at varchar, filename varchar",
    "account_links": "source_line bigint, venue varchar, account_id varchar, link_kind varchar, "
    "value varchar, error varchar, source_file varchar, landed_at varchar, filename varchar",
}


def record_accounts(lake: Lake, commit_info: dict[str, str]) -> dict[str, int]:
    """Write `core.accounts`, its links and owners anew if files have landed since.

    Without such files the tables stay empty. Gives the number of rows of each table.
    """
    keys = {dataset: landed_objects(lake.objects, dataset) for dataset in DATASETS}
    every = sorted(key for of_dataset in keys.values() for key in of_dataset)
    names = [table.name for table in ACCOUNT_TABLES]
    with lake.lock(names), lake.connect(read_only=False) as connection:
        lake.create_missing(connection, ACCOUNT_TABLES)
        recorded = connection.execute(
            f"select object from lake.{LANDED_ACCOUNTS.name} order by all"
        ).fetchall()
        if [key for (key,) in recorded] != every:
            lake.commit(
                connection,
                lambda connection: _record(connection, lake.objects, keys),
                message="accounts",
                commit_info=commit_info,
            )
        counted = connection.execute(
            " union all ".join(f"select '{name}', count(*) from lake.{name}" for name in names)
        ).fetchall()
    return dict(counted)


def _record(connection: DuckDBPyConnection, store: ObjectStore, keys: dict[str, list[str]]) -> None:
    for dataset, of_dataset in keys.items():
        _read(connection, store, dataset, of_dataset)
    _describe(connection)
    name_owners(connection)
    for table in ACCOUNT_TABLES:
        connection.execute(f"delete from lake.{table.name}")
    connection.execute(
        """
        insert into lake.core.accounts
        select
            owned.venue, owned.account_id, owned.owner_id, described.owner_id,
            described.kind, described.country, described.kyc_tier,
            make_timestamp(described.opened_us), described.declared_role, described.source,
        from owned
        left join described using (venue, account_id)
        order by owned.venue, owned.account_id;

        insert into lake.core.account_links
        select venue, account_id, link_kind, value, account_count, is_hub, source
        from linked
        order by venue, account_id, link_kind, value;

        insert into lake.core.owners
        select
            owned.owner_id,
            count(distinct (owned.venue, owned.account_id)),
            coalesce(
                string_agg(distinct linked.link_kind, ', ' order by linked.link_kind)
                    filter (linked.account_count > 1 and not linked.is_hub),
                ''
            ),
            string_agg(distinct linked.value, ', ' order by linked.value)
                filter (linked.link_kind = 'owner'),
        from owned
        left join linked using (venue, account_id)
        where owned.owner_id is not null
        group by owned.owner_id
        order by owned.owner_id;

        insert into lake.quarantine.accounts
        select * from (
            select 'accounts', source, source_file, source_line, error from landed_accounts
            union all
            select 'account_links', source, source_file, source_line, error
            from landed_account_links
        ) where error is not null
        order by all;
        """
    )
    for key in (key for of_dataset in keys.values() for key in of_dataset):
        connection.execute(f"insert into lake.{LANDED_ACCOUNTS.name} values (?)", [key])


def _read(
    connection: DuckDBPyConnection, store: ObjectStore, dataset: str, keys: list[str]
) -> None:
    """Make the temporary table `landed_<dataset>`: every landed row, with its object's key."""
    connection.execute(f"create or replace temp table landed_{dataset} ({EMPTY[dataset]})")
    paths = {store.path(key): key for key in keys}
    if paths:
        listed = ", ".join(literal(path) for path in paths)
        connection.execute(
            f"insert into landed_{dataset} by name "
            f"select * from read_parquet([{listed}], union_by_name = true, filename = true, "
            "hive_partitioning = false)"
        )
    connection.execute(f"alter table landed_{dataset} rename filename to source")
    for path, key in paths.items():
        connection.execute(f"update landed_{dataset} set source = ? where source = ?", [key, path])


def _describe(connection: DuckDBPyConnection) -> None:
    """Make `described`, an account's latest fields, and `linked`, its distinct links."""
    latest = "(landed_at, source, source_line)"
    fields = ", ".join(
        f"arg_max({name}, {latest}) as {name}"
        for name in (*PUBLIC, "opened_us")
        if name != "opened_at"
    )
    connection.execute(
        f"""
        create or replace temp table described as
        select venue, account_id, {fields}, arg_max(source, {latest}) as source,
        from landed_accounts
        where error is null
        group by venue, account_id;

        create or replace temp table linked as
        with links as (
            select venue, account_id, link_kind, value, source
            from landed_account_links
            where error is null
            union all
            select venue, account_id, 'owner', owner_id, source
            from described
            where owner_id is not null
        ),

        one_each as (
            select venue, account_id, link_kind, value, min(source) as source,
            from links
            group by all
        )

        select
            *,
            count(*) over (partition by link_kind, value) as account_count,
            link_kind <> 'owner' and account_count > {MOST_ACCOUNTS_OF_A_DEVICE} as is_hub,
        from one_each
        """
    )
