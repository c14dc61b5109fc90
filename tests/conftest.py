import pytest

from tests.cluster import start_cluster


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Called by pytest-django before it makes the test database."""
    start_cluster()
