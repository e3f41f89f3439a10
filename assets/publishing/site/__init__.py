"""The Evidence site: its data as Parquet, and its pages, which Node builds once.

The project of the pages is `reports/site/`; only this package knows how Evidence finds its data.
"""
