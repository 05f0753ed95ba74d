"""A certificate that signs itself, for servers on loopback that speak TLS, and for who trusts it."""

import ssl
import subprocess
from pathlib import Path

import pytest

COMMAND = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"


def made(folder: Path) -> Path:
    """Make one for `localhost` in a folder; return the folder."""
    where = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    try:
        command = [*COMMAND.split(), "-addext", "subjectAltName=DNS:localhost", *where]
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl command to make a certificate with")
    return folder


def proving(folder: Path) -> ssl.SSLContext:
    """Return how a server proves that it is `localhost`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def trusting(folder: Path) -> ssl.SSLContext:
    """Return how a client believes it, and nobody else."""
    return ssl.create_default_context(cafile=folder / "cert.pem")
