import pytest

from tests.cluster import start_cluster


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Called by pytest-django before it makes the test database."""
    start_cluster()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come last and together: one fair runs for all of them, and for nothing else."""
    items.sort(key=lambda item: "journeys" in item.path.parts)
