import pytest
from tests.factories import make_festival

from chophien.apps.festivals.models import Festival


@pytest.fixture
def festival(db: None) -> Festival:
    return make_festival()
