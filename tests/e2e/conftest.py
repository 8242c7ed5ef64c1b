"""Fixtures: the fake platform, and a place to serve from on each database."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import DatabaseKind, migrate
from tests.e2e import street
from tests.e2e.served import Place
from tests.e2e.street import Branch
from tests.fake_tencent import FakeTencent

MakePlace = Callable[[int], Place]

MOST = 80
"""Branches of the largest street."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTencent]:
    """Return a fake platform of this module alone."""
    with FakeTencent() as platform:
        yield platform


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> DatabaseKind:
    """Return the engine to serve from; what asks for a place runs once on each."""
    kind: DatabaseKind = request.param
    return kind


@pytest.fixture(scope="module")
def make_place(
    engine: DatabaseKind,
    fake: FakeTencent,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[MakePlace]:
    """Return a way to set up an installation with so many branches and its own database."""
    places: list[Place] = []

    def make(branches: int) -> Place:
        folder = tmp_path_factory.mktemp("zhibu")
        places.append(Place(folder, _new_database(engine, folder, request), fake, branches))
        return places[-1]

    yield make
    for place in places:
        place.close()


@pytest.fixture(scope="module")
def branches(engine: DatabaseKind) -> Iterator[Branch]:
    """Return the branches that no test of this module and engine has used yet."""
    return itertools.chain(street.plain_branches(MOST))


@pytest.fixture
def branch(branches: Iterator[Branch]) -> Branch:
    """Return a branch of this test alone."""
    return next(branches)


def _new_database(kind: DatabaseKind, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        path = folder / "zhibu.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    server = request.getfixturevalue("postgres_server")
    url: str = server.create(server.template("migrated", migrate))
    return url
