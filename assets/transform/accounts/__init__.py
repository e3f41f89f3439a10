"""Who is who: the tables of accounts, links and owners, from what landed of them.

What identifies a person is not here: it stays with landing. Nothing here judges an account.
"""
