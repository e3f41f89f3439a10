"""Public trades fetched from venues, one file a venue."""
