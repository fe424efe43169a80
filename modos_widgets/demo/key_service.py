"""Key service of the demo: short-lived S3 keys of moto's IAM, which moto then requires."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import werkzeug  # noqa: F401  before its parts
from flask import Flask, abort, jsonify, request
from moto.iam.models import iam_backends
from werkzeug.exceptions import HTTPException

from modos_widgets.demo.bucket import ACCOUNT, REGION
from modos_widgets.demo.server import bearer_token, error_response
from modos_widgets.demo.study import BUCKET

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from modos_widgets.demo.identity import Identity
    from modos_widgets.demo.people import Person

__all__ = ["KeyRing", "create_key_service"]

_LIST = ["s3:ListBucket", "s3:HeadBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
_READ = ["s3:GetObject", "s3:ListMultipartUploadParts"]
_WRITE = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]


@dataclass(frozen=True, slots=True)
class _Key:
    access_key_id: str
    secret_access_key: str = field(repr=False)
    expires_at: float


class KeyRing:
    """Valid keys; every method is safe on any thread.

    Each key belongs to a separate IAM user, because moto allows two keys per user. An expired
    key is deleted, and moto then refuses it.

    Parameters
    ----------
    seconds : int
        Lifetime of a key.
    """

    def __init__(self, seconds: int = 3600) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._count = 0
        self._keys: list[_Key] = []

    def make_owner(self) -> dict[str, str]:
        """Create a key that permits everything in the bucket and does not expire."""
        resources = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
        key = self._make("owner", [_allow(["s3:*"], resources)], float("inf"))
        return {"key": key.access_key_id, "secret": key.secret_access_key}

    def make(self, person: Person) -> _Key:
        """Create a key with a person's permissions."""
        places = [f"arn:aws:s3:::{BUCKET}/{prefix}/*" for prefix in person.prefixes]
        bucket = [f"arn:aws:s3:::{BUCKET}"]
        # moto does not support conditions on the prefix of a listing, so everyone can list all keys
        statements = [_allow(_LIST, bucket), _allow(_READ, places)]
        if person.write:
            # in moto, deleting many keys at once is an action on the bucket
            statements += [_allow(_WRITE, places), _allow(["s3:DeleteObject"], bucket)]
        return self._make(person.subject, statements, time.time() + self._seconds)

    def drop_expired(self) -> None:
        """Delete expired keys."""
        now = time.time()
        with self._lock:
            over = [key for key in self._keys if key.expires_at <= now]
            self._keys = [key for key in self._keys if key.expires_at > now]
            for key in over:
                _iam().delete_access_key_by_name(key.access_key_id)

    def _make(self, name: str, statements: list[dict[str, Any]], expires_at: float) -> _Key:
        with self._lock:
            self._count += 1
            user = f"{name}-{self._count}"
            _iam().create_user(REGION, user)
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            _iam().put_user_policy(user, "demo", policy)
            created = _iam().create_access_key(user)
            key = _Key(created.access_key_id, created.secret_access_key, expires_at)
            self._keys.append(key)
            return key


def create_key_service(identity: Identity, ring: KeyRing) -> Flask:
    """Create the key service: ``GET /create`` with a bearer token returns an S3 key.

    Parameters
    ----------
    identity : Identity
        Identifies the person of a token.
    ring : KeyRing

    Returns
    -------
    flask.Flask
    """
    app = Flask("key_service", static_folder=None)
    app.register_error_handler(HTTPException, error_response)

    @app.get("/create")
    def create() -> ResponseReturnValue:
        person = identity.person_of(bearer_token(request.headers.get("Authorization")))
        if person is None:
            abort(401, description="The token is invalid or expired")
        key = ring.make(person)
        expires = datetime.fromtimestamp(key.expires_at, UTC).replace(microsecond=0, tzinfo=None)
        spec = {
            "bucket": BUCKET,
            "expiration": expires.isoformat(),  # no time zone, as in deployed key services
            "prefixes": list(person.prefixes),
            "permissions": {"read": True, "write": person.write, "owner": False},
            "name": person.subject,
            "region": REGION,
        }
        answer = jsonify(
            {
                "spec": spec,
                "access_key_id": key.access_key_id,
                "secret_access_key": key.secret_access_key,
            }
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return app


def _allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _iam() -> Any:
    return iam_backends[ACCOUNT]["aws"]
