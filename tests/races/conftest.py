"""Races need rows that are really committed: every test has the whole database to itself."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from tests.factories import make_festival

from chophien.apps.festivals.models import Festival


@pytest.fixture
def festival(transactional_db: None, django_db_serialized_rollback: None) -> Festival:
    return make_festival()


def race(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all acts at once, each on a connection of its own; their results in order.

    An act that raises fails the test.
    """
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def run_beside(act: Callable[[], Any]) -> Any:
    """Run one act to its end on another connection, while this one's transaction stays open."""
    return race([act])[0]
