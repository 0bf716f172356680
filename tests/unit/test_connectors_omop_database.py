"""OMOP from a database gives what the same tables give as files."""

import pandas as pd
import pytest
import sqlalchemy as sa

from hemoflow.connectors import omop, registry
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import HemoflowError
from hemoflow.settings import REPOSITORY

NAMES = Pseudonymiser(b"a key for tests only")
FOLDER = REPOSITORY / "data" / "synthea-omop-5.4"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    found = f"sqlite:///{tmp_path_factory.mktemp('cdm')}/cdm.db"
    engine = sa.create_engine(found)
    for path in FOLDER.glob("*.csv*"):
        pd.read_csv(path, low_memory=False).to_sql(path.name.split(".")[0].lower(), engine, index=False)
    engine.dispose()
    return found


def test_a_database_gives_the_same_as_files(url):
    source = registry.source_of("omop-cdm", url)
    ((_, found),) = source.load(NAMES, 1)
    files = omop.load(FOLDER, NAMES)
    assert len(found.quarantine) == 0
    assert (found.frames["labs"]["code"] == "haemoglobin").sum() == 108
    for name, frame in files.frames.items():
        pd.testing.assert_frame_equal(found.frames[name], frame)
    assert source.fingerprint(NAMES, 1) == source.fingerprint(NAMES, 1)


@pytest.mark.parametrize("address", ["stars://x", "sqlite:////nowhere/at/all.db"])
def test_an_address_that_leads_nowhere_is_refused_in_words(address):
    with pytest.raises(HemoflowError):
        registry.source_of("omop-cdm", address).load(NAMES, 1)
