"""Names of measured values in plain words, where the name of the code is not plain."""

from reports.numbers import plain

NOT_LISTED = {
    # shown elsewhere
    *("trades", "contributions", "threshold", "p_value"),
    # the inverse of the p-value, which a reader would mistake for a count
    "usual_once_in_windows",
    # a logarithm of the chance; `explain` prints it, the report the counts that it is made of
    "surprise_nats",
}
WORDS = {
    "z": "distance from the usual, standard deviations",
}


def words_of(name: str) -> str:
    """What a value is called; the name of the code with blanks where that is plain."""
    return WORDS.get(name, plain(name))
