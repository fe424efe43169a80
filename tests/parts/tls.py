"""Certificates for tests: trusted by nobody, expired, for another host, an authority's own."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - part of public fields

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate: what a server shows, and what a client is to trust."""

    public: Path
    context: ssl.SSLContext


def make_certificate(
    folder: Path,
    *hosts: str,
    authority: bool = False,
    begins: float = -1,
    ends: float = 1,
) -> Certificate:
    """Make a certificate for hosts (127.0.0.1 by default).

    Parameters
    ----------
    folder : pathlib.Path
        Where its files are put.
    *hosts : str
        Names or addresses.
    authority : bool
        With CA:TRUE, as ``openssl req -x509`` makes them.
    begins, ends : float
        Its time, in days from now.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=begins))
        .not_valid_after(now + dt.timedelta(days=ends))
        .add_extension(
            x509.SubjectAlternativeName([_host(one) for one in hosts or ("127.0.0.1",)]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    number = len(list(folder.glob("*.pem")))
    public, private = folder / f"cert{number}.pem", folder / f"key{number}"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return Certificate(public, context)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
