"""A model as a document that its digest names."""

import dataclasses

import pytest

from ml.registry import ModelCard, ModelError


@pytest.fixture
def card():
    return ModelCard(
        name="market_anomaly",
        version=1,
        features=("a", "b"),
        parameters={"seed": 0},
        data_window={"start_at": "2024-01-01T00:00:00", "end_at": "2024-01-15T00:00:00"},
        data_digest="0" * 64,
        libraries={"pyod": "3.6.7"},
        metrics={"fit_windows": 10},
        state={"location": [0.1, 0.2]},
    )


def test_a_document_is_read_as_it_was_written(card):
    assert ModelCard.from_bytes(card.to_bytes(), card.model_id) == card


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"seed": 1}},
        {"features": ("b", "a")},
        {"data_window": {"start_at": "2024-01-02T00:00:00", "end_at": "2024-01-15T00:00:00"}},
        {"libraries": {"pyod": "3.6.8"}},
        {"state": {"location": [0.1, 0.3]}},
    ],
)
def test_any_change_is_another_model(card, change):
    assert dataclasses.replace(card, **change).model_id != card.model_id


def test_a_changed_document_is_refused(card):
    tampered = card.to_bytes().replace(b"0.1", b"0.9")
    with pytest.raises(ModelError, match="was changed after it was saved"):
        ModelCard.from_bytes(tampered, card.model_id)


def test_a_number_that_json_cannot_hold_is_refused(card):
    with pytest.raises(ValueError, match="not JSON compliant"):
        dataclasses.replace(card, metrics={"recall": float("nan")}).to_bytes()
