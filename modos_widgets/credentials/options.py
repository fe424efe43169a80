"""S3 options, from both spellings, for both clients."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import AnyUrl

from modos_widgets import retry
from modos_widgets.credentials import sources
from modos_widgets.credentials.network import (
    S3_CERTIFICATES,
    allowed_connections,
    certificates_named,
    checked_certificates,
    proxies_configured,
    proxy_for,
)
from modos_widgets.credentials.renewal import S3Credential, keeper_of
from modos_widgets.credentials.spelling import hidden_options, spelled_out
from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.secret import shown_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from modos_widgets.credentials.renewal import CredentialKeeper, CredentialSource

_CONNECT_SECONDS = 5
_READ_SECONDS = 30
_CONNECTIONS = 128  # as many objects are opened, or committed, at a time
_EVERYWHERE = "*,0.0.0.0/0,::/0"  # in obstore, "*" matches names but not addresses


@dataclass(frozen=True)
class S3Options:
    """Options of an S3 connection, created by `resolve`. ``repr`` hides secrets.

    Attributes
    ----------
    endpoint : str or None
        URL of the S3 server; None is Amazon S3.
    region : str
        Region of the bucket.
    anonymous : bool
        Whether requests are not signed.
    credential : S3Credential or None
        A fixed key.
    source : callable or None
        Returns short-lived keys; called again before they expire.
    profile : str or None
        A profile of the AWS configuration.
    origin : str
        Origin of the key: "argument", "environment", "cache", "chain" (botocore) or
        "anonymous".
    verify : str or bool
        A file of trusted certificates (an argument, else ``AWS_CA_BUNDLE``,
        ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE`` or ``SSL_CERT_FILE``), or whether
        certificates are verified.
    addressing : str
        "path", "virtual" or "auto" (virtual for Amazon S3, path for others).
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
        """Combine arguments, environment and configuration. No network for a fixed key.

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
            An option is unknown, contradicts another one or has an invalid value.
        CredentialsError
            The AWS configuration exists but provides no key.
        """
        s3_kwargs = hidden_options(s3_kwargs)
        options = spelled_out(s3_kwargs or {})
        endpoint = _endpoint(endpoint, options.pop("endpoint", None))
        region = options.pop("region", None)
        common: dict[str, Any] = {
            "endpoint": endpoint,
            "verify": options.pop("verify", True),
            "addressing": options.pop("addressing", "auto"),
        }
        if common["verify"] is True:
            common["verify"] = certificates_named(S3_CERTIFICATES) or True
        if common["addressing"] not in {"auto", "path", "virtual"}:
            raise OptionError("Unknown addressing_style.", 'Use "auto", "path" or "virtual".')
        key, found_region = _key(options, endpoint)
        region = region or _environment("AWS_DEFAULT_REGION", "AWS_REGION") or found_region
        return cls(**common, **key, region=region or "us-east-1")

    @cached_property
    def renewing(self) -> CredentialKeeper | None:
        """Short-lived key that renews itself, or None without a source."""
        return None if self.source is None else keeper_of(self.source)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: not the short-lived key in hand, which is this process's."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def server(self) -> str:
        """URL of the S3 server, also for Amazon S3."""
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"

    @property
    def proxy(self) -> str | None:
        """URL of the proxy for this server from the environment, or None; see `proxy_for`."""
        return proxy_for(self.server)

    def _certificates(self) -> str | None:
        """Return the file of trusted certificates, if the server uses https."""
        if isinstance(self.verify, str) and self.server.startswith("https:"):
            return checked_certificates(self.verify)
        return None

    def tls_context(self) -> ssl.SSLContext:
        """Return the SSL context that verifies the certificate of this server. No network.

        Returns
        -------
        ssl.SSLContext
        """
        context = ssl.create_default_context(cafile=self._certificates())
        if self.verify is False:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def for_s3fs(self) -> dict[str, Any]:
        """Return the keyword arguments of `s3fs.S3FileSystem`. No network.

        The keys are in the aiobotocore session, so neither the stored arguments of the instance
        nor its ``repr`` show them.

        Returns
        -------
        dict
        """
        from aiobotocore.session import AioSession  # noqa: PLC0415

        from modos_widgets.credentials.signing import (  # noqa: PLC0415
            RenewingAioCredentials,
            ask_for_a_region_once,
            parse_dates_fast,
            sign_parts_by_digest,
        )

        session = AioSession(profile=self.profile)
        sign_parts_by_digest(session)
        parse_dates_fast(session)
        ask_for_a_region_once(session)
        if self.renewing is not None:
            session._credentials = RenewingAioCredentials(self.renewing)  # noqa: SLF001
        elif self.credential is not None:
            session.set_credentials(
                self.credential.access_key_id,
                self.credential.secret_access_key,
                self.credential.session_token,
            )
        proxy = self.proxy
        config: dict[str, Any] = {
            "s3": {"addressing_style": self._addressing()},
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _READ_SECONDS,
            "max_pool_connections": allowed_connections(_CONNECTIONS),
            "retries": {"mode": "standard", "total_max_attempts": retry.BOTOCORE_TRIES},
            # many servers other than Amazon S3 do not support the newer checksums
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
            # an empty dictionary keeps botocore from reading the environment by its own rules
            "proxies": {} if proxy is None else {"http": str(proxy), "https": str(proxy)},
        }
        verify = self._certificates() or self.verify is not False
        return {
            "anon": self.anonymous,
            "endpoint_url": self.endpoint,
            "session": session,
            "client_kwargs": {"region_name": self.region, "verify": verify},
            "config_kwargs": config,
            "use_listings_cache": False,
            "skip_instance_cache": True,
            "max_concurrency": 1,
        }

    def for_obstore(
        self,
    ) -> tuple[dict[str, Any], dict[str, Any], Callable[[], dict[str, Any]] | None]:
        """Return configuration, client options and credential provider for obstore. No network.

        Returns
        -------
        tuple
            ``S3Store(bucket, config=..., client_options=..., credential_provider=...)``; the
            provider is None if the key is fixed or the requests are anonymous.
        """
        config: dict[str, Any] = {
            "region": self.region,
            "virtual_hosted_style_request": self._addressing() == "virtual",
            # a server must reject an incomplete upload; the signature needs the digest anyway
            "checksum_algorithm": "SHA256",
        }
        if self.endpoint is not None:
            config["endpoint"] = self.endpoint
        client: dict[str, Any] = {"connect_timeout": f"{_CONNECT_SECONDS}s"}
        if self.endpoint is not None and self.endpoint.startswith("http://"):
            client["allow_http"] = True
        if self.verify is False:
            client["allow_invalid_certificates"] = True
        elif certificates := self._certificates():
            client["root_certificate"] = Path(certificates).read_bytes()
        if proxies_configured():
            # always set: otherwise obstore reads the environment by its own rules
            proxy = self.proxy
            client["proxy_url"] = str(proxy or "http://unused.invalid")
            client["proxy_excludes"] = "" if proxy else _EVERYWHERE
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
        """Return the current key for signing requests; None for anonymous requests.

        May use the network to get a short-lived key.

        Returns
        -------
        S3Credential or None

        Raises
        ------
        CredentialsError
            No key can be obtained.
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


def _endpoint(argument: str | None, option: str | None) -> str | None:
    if not isinstance(argument, str | AnyUrl | None):
        raise ArgumentError.expected("a URL", argument, name="the S3 endpoint")
    argument = None if argument is None else str(argument)
    if argument is not None and option is not None and argument.rstrip("/") != option.rstrip("/"):
        raise OptionError(
            "The endpoint and the option endpoint_url differ.", "Pass only one of them."
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
                "The S3 endpoint contains a user name or password.",
                "Pass keys in s3_kwargs, not in the URL.",
            )
        valid = valid and (parts.port is None or parts.port > 0)
    except (ValueError, AttributeError) as error:
        if isinstance(error, OptionError):
            raise
        valid = False
    if not valid or parts.query or parts.fragment or any(c.isspace() for c in endpoint):
        raise OptionError(
            f"The S3 endpoint {shown_address(endpoint)!r} {problem}.",
            'Use a URL such as "https://s3.example.org".',
        )
    return endpoint.rstrip("/")


def _key(options: dict[str, Any], endpoint: str | None) -> tuple[dict[str, Any], str | None]:
    """Find the key; return fields of S3Options, and the region of the configuration."""
    if options:
        return _argument(options), None
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


def _argument(options: dict[str, Any]) -> dict[str, Any]:
    key, secret = options.pop("key", None), options.pop("secret", None)
    token, profile = options.pop("token", None), options.pop("profile", None)
    credentials = options.pop("credentials", None)
    anonymous = options.pop("anonymous", False)
    ways = [bool(key or secret or token), profile is not None, credentials is not None, anonymous]
    if sum(ways) > 1:
        raise OptionError(
            "The S3 options name more than one way to sign requests.",
            "Pass only one of key, profile, credentials and anon=True.",
        )
    if credentials is not None:
        if isinstance(credentials, S3Credential):
            return {"credential": credentials, "origin": "argument"}
        if not callable(credentials):
            raise OptionError(
                "The S3 option credentials is not callable.",
                "Pass a function that returns an S3Credential.",
            )
        return {"source": credentials, "origin": "argument"}
    if profile is not None:
        return {"profile": profile, "origin": "argument"}
    if ways[0]:
        if not (key and secret):
            raise OptionError(
                "The S3 options contain only a part of a key.", "Pass both key and secret."
            )
        return {"credential": S3Credential(key, secret, token), "origin": "argument"}
    return {"anonymous": True, "origin": "anonymous"}


def _environment(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)
