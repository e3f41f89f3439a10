"""The tables of accounts, of what links them, and of the owners that follow."""

from assets.lake.tables import Table

ACCOUNTS = Table.described(
    "core.accounts",
    "What is said of each account; of several files the last that landed counts, field by field.",
    {
        "venue varchar": "Market with its own id space.",
        "account_id varchar": "As in core.trades.",
        "owner_id varchar": "Who stands behind it: the owner of all accounts that are linked with "
        "it; null where it is linked with none and no file names an owner.",
        "declared_owner_id varchar": "The owner that a file names.",
        "kind varchar": "As the file says: retail, institution, …",
        "country varchar": "As the file says.",
        "kyc_tier varchar": "How far its holder was identified, as the file says.",
        "opened_at timestamp": "When it was opened, UTC.",
        "declared_role varchar": "What it trades as by declaration: market_maker, …",
        "source varchar": "Key of the landed object that described it last; null where only links "
        "name it.",
    },
)

ACCOUNT_LINKS = Table.described(
    "core.account_links",
    "What links accounts: owner, device, funding wallet; a row an account and value.",
    {
        "venue varchar": "Market with its own id space.",
        "account_id varchar": "As in core.trades.",
        "link_kind varchar": "owner, device or funding_wallet.",
        "value varchar": "The owner, the wallet, or the device's pseudonym (a keyed hash).",
        "account_count bigint": "Accounts with this value.",
        "is_hub boolean": "Whether more accounts share it than one owner has: it links nobody.",
        "source varchar": "Key of a landed object that says so.",
    },
)

OWNERS = Table.described(
    "core.owners",
    "Who stands behind accounts: a row an owner, by declared owners and links.",
    {
        "owner_id varchar": "As in core.accounts: the least declared owner of its accounts, else "
        "linked-<hash of its least account>.",
        "account_count bigint": "Its accounts, on all venues.",
        "linked_by varchar": "The kinds of links that join them, with commas; empty for one "
        "account.",
        "declared_owner_ids varchar": "The owners that files name for them, with commas; null "
        "without one.",
    },
)

QUARANTINED_ACCOUNTS = Table.described(
    "quarantine.accounts",
    "Rows of files of accounts and links that could not be read; their text may name a person, so "
    "it is not here.",
    {
        "dataset varchar": "accounts or account_links.",
        "source varchar": "Key of the landed object.",
        "source_file varchar": "Name of the file.",
        "source_line bigint": "Line in it.",
        "reason varchar": "What is wrong with the row.",
    },
)

LANDED_ACCOUNTS = Table.described(
    "ops.landed_accounts",
    "The landed objects that the tables of accounts were made from.",
    {"object varchar": "Key in the object store."},
)

ACCOUNT_TABLES = (ACCOUNTS, ACCOUNT_LINKS, OWNERS, QUARANTINED_ACCOUNTS, LANDED_ACCOUNTS)
