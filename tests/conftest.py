"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # on a busy one an example may take as long as it likes
settings.load_profile("any machine")


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Landmarks are kept for this run alone, and not among the user's."""
    before = os.environ.get("FORMCHECK_CACHE")
    os.environ["FORMCHECK_CACHE"] = str(tmp_path_factory.mktemp("poses"))
    yield
    if before is None:
        del os.environ["FORMCHECK_CACHE"]
    else:
        os.environ["FORMCHECK_CACHE"] = before
