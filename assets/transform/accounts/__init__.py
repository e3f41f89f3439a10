"""Who is who: the tables of accounts, links and owners, from what landed of them."""
