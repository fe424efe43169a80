"""A key service on top of SeaweedFS's AssumeRoleWithWebIdentity: real keys that really expire."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import requests

if TYPE_CHECKING:
    from flask import Flask

_ROLE = "arn:aws:iam::role/Reader"
_NAME = "{https://sts.amazonaws.com/doc/2011-06-15/}"


def web_identity(
    issuer: str, client_id: str, bucket: str, prefix: str, seconds: int
) -> dict[str, Any]:
    """Return SeaweedFS's IAM configuration: who has a token of `issuer` may read below a prefix.

    Parameters
    ----------
    issuer, client_id : str
    bucket, prefix : str
    seconds : int
        How long a key lives.
    """
    actions = ["s3:GetObject", "s3:ListBucket"]
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/{prefix}/*"]
    return {
        "sts": {
            "tokenDuration": f"{seconds}s",
            "maxSessionLength": "1h",
            "issuer": "seaweedfs-sts",
            "signingKey": base64.b64encode(b"only a test: 32 bytes of a key..").decode(),
        },
        "policy": {"defaultEffect": "Deny"},
        "providers": [
            {
                "name": "tests",
                "type": "oidc",
                "enabled": True,
                "config": {"issuer": issuer, "clientId": client_id, "jwksUri": f"{issuer}/jwks"},
            }
        ],
        "policies": [
            {
                "name": "Reader",
                "document": _document({"Action": actions, "Resource": resources}),
            }
        ],
        "roles": [
            {
                "roleName": "Reader",
                "roleArn": _ROLE,
                "attachedPolicies": ["Reader"],
                "trustPolicy": _document(
                    {
                        "Action": ["sts:AssumeRoleWithWebIdentity"],
                        "Principal": {"Federated": "tests"},
                    }
                ),
            }
        ],
    }


def key_service(s3_endpoint: str, bucket: str, prefix: str, failures: list[int]) -> Flask:
    """Make a key service as a modos deployment has one.

    Parameters
    ----------
    s3_endpoint, bucket, prefix : str
    failures : list of int
        Statuses that the next questions are answered with; it is emptied.
    """
    from flask import Flask, jsonify, request  # noqa: PLC0415

    app = Flask("key_service")

    @app.get("/create")
    def create() -> Any:
        if failures:
            return jsonify(detail="made by the test"), failures.pop(0)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return jsonify(detail="Not authenticated"), 401
        answer = requests.post(
            s3_endpoint,
            data={
                "Action": "AssumeRoleWithWebIdentity",
                "Version": "2011-06-15",
                "RoleArn": _ROLE,
                "RoleSessionName": "tests",
                "WebIdentityToken": token,
            },
            timeout=10,
        )
        if not answer.ok:
            return jsonify(detail="invalid token"), 401
        found = ET.fromstring(answer.text).find(f".//{_NAME}Credentials")  # noqa: S314
        assert found is not None
        key = {one.tag.removeprefix(_NAME): one.text or "" for one in found}
        return jsonify(
            spec={
                "bucket": bucket,
                "expiration": key["Expiration"].removesuffix("Z"),  # naive, as real ones may be
                "prefixes": [prefix],
                "permissions": {"read": True, "write": False, "owner": False},
            },
            access_key_id=key["AccessKeyId"],
            secret_access_key=key["SecretAccessKey"],
            session_token=key["SessionToken"],
        )

    return app


def _document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
