"""Who is who: files of accounts, and of what links them (owner, device, funding wallet).

An account's further columns, such as its name and birth date, land apart (assets/landing/accounts).
"""

from assets.landing.formats.table import VENUE_COLUMN, TableFormat

OWNER, DEVICE, FUNDING_WALLET = "owner", "device", "funding_wallet"
LINK_KINDS = (OWNER, DEVICE, FUNDING_WALLET)

ACCOUNTS = TableFormat(
    name="accounts",
    title="accounts",
    required=("account_id", "owner_id|kind|country|kyc_tier|opened_at|declared_role"),
    time_columns=(),
    aliases={
        "exchange": VENUE_COLUMN,
        "venue": VENUE_COLUMN,
        "owner": "owner_id",
        "role": "declared_role",
        "kyc_level": "kyc_tier",
    },
    venue_column=VENUE_COLUMN,
    dataset="accounts",
)

ACCOUNT_LINKS = TableFormat(
    name="account_links",
    title="links of accounts",
    required=("account_id", "link_kind", "value"),
    time_columns=(),
    aliases={
        "exchange": VENUE_COLUMN,
        "venue": VENUE_COLUMN,
        "kind": "link_kind",
        "link": "link_kind",
        "link_type": "link_kind",
        "link_value": "value",
    },
    venue_column=VENUE_COLUMN,
    dataset="account_links",
)
