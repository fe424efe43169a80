"""One model of S3 options, from both spellings, for both clients."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from modos_widgets.credentials import sources
from modos_widgets.credentials.renewal import RenewingCredential, S3Credential
from modos_widgets.credentials.secret import shown_address
from modos_widgets.credentials.spelling import hidden_options, spelled_out
from modos_widgets.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from modos_widgets.credentials.renewal import CredentialSource

_CONNECT_SECONDS = 5
_READ_SECONDS = 30
_ATTEMPTS = 3  # with waits of at most 1 and 2 s; the standard of the AWS clients
_CONNECTIONS = 32


@dataclass(frozen=True)
class S3Options:
    """How to reach S3. Secrets are hidden in ``repr``; made by `resolve`.

    Attributes
    ----------
    endpoint : str or None
        URL of the S3 server; None is Amazon's own.
    region : str
    anonymous : bool
        Requests are not signed.
    credential : S3Credential or None
        A fixed key.
    source : callable or None
        Gives short-lived keys; asked again before they expire.
    profile : str or None
        A profile of the AWS configuration.
    origin : str
        Where the key is from: "argument", "environment", "cache", "chain" (botocore) or
        "anonymous".
    verify : str or bool
        A file with certificates to trust, or whether to verify certificates at all.
    addressing : str
        "path", "virtual" or "auto" (path, except at Amazon).
    """

    endpoint: str | None = None
    region: str = "us-east-1"
    anonymous: bool = False
    credential: S3Credential | None = field(default=None, repr=False)
    source: CredentialSource | None = field(default=None, repr=False)
    profile: str | None = None
    origin: str = "anonymous"
    verify: str | bool = True
    addressing: str = "auto"

    @classmethod
    def resolve(
        cls, endpoint: str | None = None, s3_kwargs: Mapping[str, Any] | None = None
    ) -> S3Options:
        """Bring together what is given and what is found. No network for a fixed key.

        The order is: argument, environment (``MODOS_ANON``, ``AWS_SKIP_SIGNATURE``,
        ``AWS_*``), ``s3.env`` of the cache folder, botocore's chain (profiles, roles),
        anonymous.

        Parameters
        ----------
        endpoint : str, optional
            URL of the S3 server.
        s3_kwargs : mapping, optional
            ``key``, ``secret``, ``token``, ``anon`` (s3fs) or ``access_key_id``,
            ``secret_access_key``, ``session_token``, ``skip_signature`` (obstore);
            ``region``, ``endpoint_url``, ``profile``, ``verify`` (a file of certificates),
            ``addressing_style``; ``credentials``: a callable that returns an
            `S3Credential` or an `S3Credential`. None of them is required.

        Returns
        -------
        S3Options

        Raises
        ------
        OptionError
            An option that is not known, contradicts another one or has a bad value.
        CredentialsError
            The AWS configuration is there but gives no key.
        """
        s3_kwargs = hidden_options(s3_kwargs)
        given = spelled_out(s3_kwargs or {})
        endpoint = _endpoint(endpoint, given.pop("endpoint", None))
        region = given.pop("region", None)
        common: dict[str, Any] = {
            "endpoint": endpoint,
            "verify": given.pop("verify", os.environ.get("AWS_CA_BUNDLE") or True),
            "addressing": given.pop("addressing", "auto"),
        }
        if common["addressing"] not in {"auto", "path", "virtual"}:
            raise OptionError(
                "addressing_style is not known.", 'Use "auto", "path" or "virtual" for it.'
            )
        key, found_region = _key(given, endpoint)
        region = region or _environment("AWS_DEFAULT_REGION", "AWS_REGION") or found_region
        return cls(**common, **key, region=region or "us-east-1")

    @cached_property
    def renewing(self) -> RenewingCredential | None:
        """The holder of short-lived keys, when there is a source of them."""
        return RenewingCredential(self.source) if self.source is not None else None

    def for_s3fs(self) -> dict[str, Any]:
        """Give the keyword arguments of `s3fs.S3FileSystem`. No network.

        The keys sit in the aiobotocore session, so neither the instance's stored
        arguments nor its ``repr`` show them.
        """
        from aiobotocore.session import AioSession  # noqa: PLC0415

        from modos_widgets.credentials.signing import (  # noqa: PLC0415
            RenewingAioCredentials,
            sign_parts_by_digest,
        )

        session = AioSession(profile=self.profile)
        sign_parts_by_digest(session)
        if self.renewing is not None:
            session._credentials = RenewingAioCredentials(self.renewing)  # noqa: SLF001
        elif self.credential is not None:
            session.set_credentials(
                self.credential.access_key_id,
                self.credential.secret_access_key,
                self.credential.session_token,
            )
        config: dict[str, Any] = {
            "s3": {"addressing_style": self._addressing()},
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _READ_SECONDS,
            "max_pool_connections": _CONNECTIONS,
            "retries": {"mode": "standard", "total_max_attempts": _ATTEMPTS},
            # servers other than Amazon's often do not know the newer checksums
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        }
        return {
            "anon": self.anonymous,
            "endpoint_url": self.endpoint,
            "session": session,
            "client_kwargs": {"region_name": self.region, "verify": self.verify},
            "config_kwargs": config,
            "use_listings_cache": False,
            "skip_instance_cache": True,
            "max_concurrency": 1,
        }

    def for_obstore(
        self,
    ) -> tuple[dict[str, Any], dict[str, Any], Callable[[], dict[str, Any]] | None]:
        """Give configuration, client options and credential provider for obstore. No network.

        Returns
        -------
        tuple
            ``S3Store(bucket, config=..., client_options=..., credential_provider=...)``; the
            provider is None when the key is fixed or the requests are anonymous.
        """
        config: dict[str, Any] = {
            "region": self.region,
            "virtual_hosted_style_request": self._addressing() == "virtual",
            # a server must not keep what came of a torn request; signing needs the digest anyway
            "checksum_algorithm": "SHA256",
        }
        if self.endpoint is not None:
            config["endpoint"] = self.endpoint
        client: dict[str, Any] = {"connect_timeout": f"{_CONNECT_SECONDS}s"}
        if self.endpoint is not None and self.endpoint.startswith("http://"):
            client["allow_http"] = True
        if self.verify is False:
            client["allow_invalid_certificates"] = True
        elif isinstance(self.verify, str):
            client["root_certificate"] = _certificates(self.verify)
        if self.anonymous:
            config["skip_signature"] = True
            return config, client, None
        if self.credential is not None:
            config["access_key_id"] = self.credential.access_key_id
            config["secret_access_key"] = self.credential.secret_access_key
            if self.credential.session_token:
                config["session_token"] = self.credential.session_token
            return config, client, None
        return config, client, self._provider()

    def current_credential(self) -> S3Credential | None:
        """Give the key that requests are signed with now; None for anonymous ones.

        May touch the network when a short-lived key is asked for.
        """
        if self.renewing is not None:
            return self.renewing.get()
        if self.credential is not None or self.anonymous:
            return self.credential
        session = sources.botocore_session(self.profile, self.endpoint)
        if session is None:
            return None
        found = session.get_credentials()
        frozen = found.get_frozen_credentials()
        return S3Credential(
            frozen.access_key, frozen.secret_key, frozen.token, getattr(found, "_expiry_time", None)
        )

    def _provider(self) -> Callable[[], dict[str, Any]]:
        def provide() -> dict[str, Any]:
            credential = self.current_credential()
            if credential is None:
                return {"access_key_id": "", "secret_access_key": "", "expires_at": None}
            return {
                "access_key_id": credential.access_key_id,
                "secret_access_key": credential.secret_access_key,
                "token": credential.session_token,
                "expires_at": credential.expires_at,
            }

        return provide

    def _addressing(self) -> str:
        if self.addressing != "auto":
            return self.addressing
        amazon = self.endpoint is None or sources.is_amazon(self.endpoint)
        return "virtual" if amazon else "path"


def _certificates(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise OptionError(
            f"The certificates in {path} cannot be read ({error.strerror}).",
            "Mend the option verify or the variable AWS_CA_BUNDLE.",
        ) from error


def _endpoint(argument: str | None, option: str | None) -> str | None:
    if argument is not None and option is not None and argument.rstrip("/") != option.rstrip("/"):
        raise OptionError(
            "The endpoint and the option endpoint_url differ.", "Give the address once."
        )
    endpoint = argument or option or _environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    if endpoint is None:
        return None
    problem = "is not an http or https URL"
    try:
        parts = urlsplit(endpoint)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
        if parts.username is not None or parts.password is not None:
            raise OptionError(
                "The S3 endpoint holds a user name or password.",
                "Give keys in s3_kwargs, not in the URL.",
            )
        valid = valid and (parts.port is None or parts.port > 0)
    except (ValueError, AttributeError) as error:
        if isinstance(error, OptionError):
            raise
        valid = False
    if not valid or parts.query or parts.fragment or any(c.isspace() for c in endpoint):
        raise OptionError(
            f"The S3 endpoint {shown_address(endpoint)!r} {problem}.",
            'It looks like "https://s3.example.org".',
        )
    return endpoint.rstrip("/")


def _key(given: dict[str, Any], endpoint: str | None) -> tuple[dict[str, Any], str | None]:
    """Find the key: the fields of S3Options, and the region that came with it."""
    if given:
        return _argument(given), None
    if sources.anonymous_environment():
        return {"anonymous": True, "origin": "anonymous"}, None
    credential = sources.credential_of(os.environ)
    if credential is not None:
        return {"credential": credential, "origin": "environment"}, None
    cached = sources.cached_environment()
    credential = sources.credential_of(cached)
    if credential is not None:
        return {"credential": credential, "origin": "cache"}, cached.get("AWS_DEFAULT_REGION")
    session = sources.botocore_session(None, endpoint)
    if session is not None:
        return {"origin": "chain"}, session.get_config_variable("region")
    return {"anonymous": True, "origin": "anonymous"}, None


def _argument(given: dict[str, Any]) -> dict[str, Any]:
    key, secret = given.pop("key", None), given.pop("secret", None)
    token, profile = given.pop("token", None), given.pop("profile", None)
    credentials = given.pop("credentials", None)
    anonymous = given.pop("anonymous", False)
    ways = [bool(key or secret or token), profile is not None, credentials is not None, anonymous]
    if sum(ways) > 1:
        raise OptionError(
            "The S3 options name more than one way to sign requests.",
            "Give a key, or a profile, or credentials, or anon=True.",
        )
    if credentials is not None:
        if isinstance(credentials, S3Credential):
            return {"credential": credentials, "origin": "argument"}
        if not callable(credentials):
            raise OptionError(
                "The S3 option credentials is not callable.",
                "Give a function that returns an S3Credential.",
            )
        return {"source": credentials, "origin": "argument"}
    if profile is not None:
        return {"profile": profile, "origin": "argument"}
    if ways[0]:
        if not (key and secret):
            raise OptionError(
                "The S3 options hold only a part of a key.", "Give key and secret together."
            )
        return {"credential": S3Credential(key, secret, token), "origin": "argument"}
    return {"anonymous": True, "origin": "anonymous"}


def _environment(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)
