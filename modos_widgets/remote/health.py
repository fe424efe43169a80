"""Health check of the services of an endpoint, in parallel."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import requests

from modos_widgets.errors import ModosError
from modos_widgets.json_text import parse_json
from modos_widgets.remote.address import Address
from modos_widgets.remote.endpoint import SERVICES, EndpointManager
from modos_widgets.remote.http import HttpSession, NoAuth
from modos_widgets.remote.http_errors import of_s3_server, unreachable
from modos_widgets.remote.http_limits import Cancellation
from modos_widgets.remote.server_text import shown_text
from modos_widgets.retry import ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Callable

_PROBES = {
    "modos": "",
    "s3": "",
    "auth": ".well-known/openid-configuration",
    "kms": "",
    "htsget": "reads/service-info",
    "fuzon": "collections",
    "refget": "sequence/service-info",
}
_ENOUGH = 1 << 20


@dataclass(frozen=True)
class ServiceHealth:
    """Health of one service.

    Parameters
    ----------
    name : str
        ``modos``, ``s3``, ``auth``, ``kms``, ``htsget``, ``fuzon`` or ``refget``.
    url : str
        Address of the service.
    reachable : bool
        Whether it responded with a status below 500.
    latency : float or None
        Seconds until the response, over a new connection.
    login_needed : bool or None
        Whether it requires a sign-in; None if it did not respond.
    version : str or None
        Its version or software, if it reports one.
    problem : str or None
        Why it is not reachable, in one sentence.
    """

    name: str
    url: str
    reachable: bool
    latency: float | None = None
    login_needed: bool | None = None
    version: str | None = None
    problem: str | None = None


class _Probing(HttpSession):
    """Session without retries."""

    retry = replace(ENDPOINT, tries=1)


def check_services(
    manager: EndpointManager | str,
    *,
    deadline: float = 5.0,
    on_result: Callable[[ServiceHealth], None] | None = None,
    cancelled: threading.Event | None = None,
) -> dict[str, ServiceHealth]:
    """Check the modos server and each service that it names. Uses the network.

    The requests run in parallel and without a token; a service that fails does not affect the
    others. A service with an invalid address is reported, not raised.

    Parameters
    ----------
    manager : EndpointManager or str
        The endpoint.
    deadline : float
        Seconds after which a service counts as not reachable: once for the server, and once
        for all services that it names.
    on_result : callable, optional
        Called with each result as it arrives, on the calling thread.
    cancelled : threading.Event, optional
        Set it to stop waiting; services that have not responded are then left out.

    Returns
    -------
    dict
        Name to `ServiceHealth`: ``modos`` first, then each service.

    Raises
    ------
    PathError
        The endpoint's URL is not a web address.

    Examples
    --------
    >>> check_services("https://modos.example.org")  # doctest: +SKIP
    {'modos': ServiceHealth(name='modos', url='https://modos.example.org', reachable=True, ...)}
    """
    if not isinstance(manager, EndpointManager):
        manager = EndpointManager(manager)
    found: dict[str, ServiceHealth] = {}

    def add(result: ServiceHealth) -> None:
        found[result.name] = result
        if on_result is not None:
            on_result(result)

    answer: dict[str, object] = {}
    if manager.address is not None:
        first = _ask_all({"modos": str(manager.address)}, deadline, add, cancelled)
        answer = first.get("modos", {})
    passed = manager.services
    urls = {name: _url_of(passed.get(name) or answer.get(name)) for name in SERVICES}
    _ask_all({name: url for name, url in urls.items() if url}, deadline, add, cancelled)
    return {name: found[name] for name in ("modos", *SERVICES) if name in found}


_Answers = dict[str, dict[str, object]]


def _ask_all(
    urls: dict[str, str],
    deadline: float,
    take: Callable[[ServiceHealth], None],
    cancelled: threading.Event | None,
) -> _Answers:
    """Check each service on its own thread; threads that are late end at their own timeout."""
    results: queue.SimpleQueue[tuple[ServiceHealth, dict[str, object]]] = queue.SimpleQueue()
    cancellations = []

    def ask(name: str, url: str, cancellation: Cancellation) -> None:
        with cancellation:
            results.put(_probe(name, url, deadline))

    for name, url in urls.items():
        cancellations.append(Cancellation())
        threading.Thread(
            target=ask,
            args=(name, url, cancellations[-1]),
            name=f"modos-health-{name}",
            daemon=True,
        ).start()
    waiting, answers = dict(urls), _Answers()
    # The probes end at the deadline; the extra time is for their last results.
    ends = time.monotonic() + deadline + 0.5
    while waiting and (left := ends - time.monotonic()) > 0:
        if cancelled is not None and cancelled.is_set():
            for cancellation in cancellations:
                cancellation.cancel()
            return answers
        try:
            result, answer = results.get(timeout=min(left, 0.1 if cancelled else left))
        except queue.Empty:
            continue
        del waiting[result.name]
        answers[result.name] = answer
        take(result)
    for name, url in waiting.items():
        take(ServiceHealth(name, url, reachable=False, problem=f"No response in {deadline:g} s."))
    return answers


def _probe(name: str, url: str, deadline: float) -> tuple[ServiceHealth, dict[str, object]]:
    shown = shown_text(url)
    try:
        target = Address.parse(url).join(_PROBES[name])
        started = time.monotonic()
        with _Probing() as session:
            session.call_timeout = deadline
            response = session.get(
                target, auth=NoAuth(), timeout=deadline, headers={"Accept": "application/json"}
            )
        latency = time.monotonic() - started
    except requests.RequestException as error:
        problem = unreachable(shown, error).message
        return ServiceHealth(name, shown, reachable=False, problem=problem), {}
    except ModosError as error:
        return ServiceHealth(name, shown, reachable=False, problem=shown_text(error.message)), {}
    answer = _object(response)
    if name == "modos" and not answer and (by_s3 := of_s3_server(response)) is not None:
        return ServiceHealth(name, shown, reachable=False, problem=str(by_s3)), {}
    failed = response.status_code >= 500  # noqa: PLR2004
    return ServiceHealth(
        name=name,
        url=shown,
        reachable=not failed,
        latency=latency,
        login_needed=None if failed else response.status_code in {401, 403},
        version=_version(response, answer),
        problem=f"It failed with status {response.status_code}." if failed else None,
    ), answer


def _object(response: requests.Response) -> dict[str, object]:
    if len(response.content) > _ENOUGH:
        return {}
    try:
        answer = parse_json(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _version(response: requests.Response, answer: dict[str, object]) -> str | None:
    for text in (answer.get("version"), response.headers.get("Server")):
        if isinstance(text, str) and text.strip():
            return shown_text(text, 80)
    return None


def _url_of(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("url")
    return value if isinstance(value, str) and value.strip() else None
