"""A setting that is nearly one is told of before any work begins."""

import pytest

from assets.lake.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("TAPEWATCH_HOEM", "TAPEWATCH_HOME"),
        ("TAPEWATCH_S3BUCKET", "TAPEWATCH_S3_BUCKET"),
        ("TAPEWATCH_KAFKA_BOTSTRAP", "TAPEWATCH_KAFKA_BOOTSTRAP"),
    ],
)
def test_a_misspelt_variable_is_named_with_the_one_that_is_meant(monkeypatch, given, meant):
    monkeypatch.setenv(given, "x")
    with pytest.raises(SettingsError, match=f"{given} is not a setting: is {meant} meant"):
        load_settings()


def test_a_misspelt_line_of_the_env_file_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TAPEWATCH_CATALOGUE='dbname=lake'\n")
    with pytest.raises(SettingsError, match="TAPEWATCH_CATALOGUE is not a setting"):
        load_settings()


def test_what_is_meant_for_another_program_is_let_be(monkeypatch):
    for name in ("MINIO_USER", "POSTGRES_PASSWORD", "SCHEMA_REGISTRY_PORT", "CATALOG_1"):
        monkeypatch.setenv(f"TAPEWATCH_{name}", "x")
    assert load_settings().threads >= 1
