"""For all tests on loopback."""

from pathlib import Path

import pytest

from tests import certificates as signing


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for `localhost` that signs itself."""
    return signing.made(tmp_path_factory.mktemp("tls"))
