"""How the services of an endpoint are: asked side by side, each on its own."""

from __future__ import annotations

import json
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from modos_widgets.errors import ModosError
from modos_widgets.remote.deadline import Cut
from modos_widgets.remote.endpoint import SERVICES, EndpointManager
from modos_widgets.remote.refusals import plain, unreachable
from modos_widgets.remote.urls import Address
from modos_widgets.remote.wire import NoAuth, PoliteRequests

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
    """How one service is.

    Parameters
    ----------
    name : str
        ``modos``, ``s3``, ``auth``, ``kms``, ``htsget``, ``fuzon`` or ``refget``.
    url : str
    reachable : bool
        Whether it answered, with whatever status below 500.
    latency : float or None
        Seconds until the answer; the connection is made anew, as for the first request.
    login_needed : bool or None
        Whether it wants a credential; None when it did not answer.
    version : str or None
        Its version or software, when it tells.
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


class _Probing(PoliteRequests):
    """One try, and no longer than the deadline."""

    tries = 1


def check_services(
    manager: EndpointManager | str,
    *,
    deadline: float = 5.0,
    on_result: Callable[[ServiceHealth], None] | None = None,
    cancelled: threading.Event | None = None,
) -> dict[str, ServiceHealth]:
    """Ask the modos server and each service that it names how it is. Touches the network.

    All are asked side by side, without a token; one that is dead hides no other. A
    service named by something that is no address is reported, not raised.

    Parameters
    ----------
    manager : EndpointManager or str
    deadline : float
        Seconds after which a service counts as not reachable; the server and the
        services that it names have as long each.
    on_result : callable, optional
        Given each result as it arrives, on the calling thread.
    cancelled : threading.Event, optional
        Ends the waiting; what has not answered is then left out.

    Returns
    -------
    dict
        Name to `ServiceHealth`: ``modos`` first, then each service that is named.

    Raises
    ------
    PathError
        When the endpoint's URL is no web address.

    Examples
    --------
    >>> check_services("https://modos.example.org")  # doctest: +SKIP
    {'modos': ServiceHealth(name='modos', url='https://modos.example.org', reachable=True, ...)}
    """
    if not isinstance(manager, EndpointManager):
        manager = EndpointManager(manager)
    found: dict[str, ServiceHealth] = {}

    def take(result: ServiceHealth) -> None:
        found[result.name] = result
        if on_result is not None:
            on_result(result)

    said: dict[str, object] = {}
    if manager.address is not None:
        first = _ask_all({"modos": str(manager.address)}, deadline, take, cancelled)
        said = first.get("modos", {})
    given = manager.services
    urls = {name: _url_of(given.get(name) or said.get(name)) for name in SERVICES}
    _ask_all({name: url for name, url in urls.items() if url}, deadline, take, cancelled)
    return {name: found[name] for name in ("modos", *SERVICES) if name in found}


_Answers = dict[str, dict[str, object]]


def _ask_all(
    urls: dict[str, str],
    deadline: float,
    take: Callable[[ServiceHealth], None],
    cancelled: threading.Event | None,
) -> _Answers:
    """Ask on one thread each; who has not answered in time is left to its own timeout."""
    results: queue.SimpleQueue[tuple[ServiceHealth, dict[str, object]]] = queue.SimpleQueue()
    cuts = []

    def ask(name: str, url: str, cut: Cut) -> None:
        with cut:
            results.put(_probe(name, url, deadline))

    for name, url in urls.items():
        cuts.append(Cut())
        threading.Thread(
            target=ask,
            args=(name, url, cuts[-1]),
            name=f"modos-health-{name}",
            daemon=True,
        ).start()
    waiting, answers = dict(urls), _Answers()
    # the probes end by themselves at the deadline; the little more is for their last word
    ends = time.monotonic() + deadline + 0.5
    while waiting and (left := ends - time.monotonic()) > 0:
        if cancelled is not None and cancelled.is_set():
            for cut in cuts:
                cut.now()
            return answers
        try:
            result, answer = results.get(timeout=min(left, 0.1 if cancelled else left))
        except queue.Empty:
            continue
        del waiting[result.name]
        answers[result.name] = answer
        take(result)
    for name, url in waiting.items():
        take(ServiceHealth(name, url, reachable=False, problem=f"No answer in {deadline:g} s."))
    return answers


def _probe(name: str, url: str, deadline: float) -> tuple[ServiceHealth, dict[str, object]]:
    shown = plain(url)
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
        return ServiceHealth(name, shown, reachable=False, problem=plain(error.message)), {}
    answer = _object(response)
    failed = response.status_code >= 500  # noqa: PLR2004
    return ServiceHealth(
        name=name,
        url=shown,
        reachable=not failed,
        latency=latency,
        login_needed=None if failed else response.status_code in {401, 403},
        version=_version(response, answer),
        problem=f"It fails with status {response.status_code}." if failed else None,
    ), answer


def _object(response: requests.Response) -> dict[str, object]:
    if len(response.content) > _ENOUGH:
        return {}
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _version(response: requests.Response, answer: dict[str, object]) -> str | None:
    for told in (answer.get("version"), response.headers.get("Server")):
        if isinstance(told, str) and told.strip():
            return plain(told, 80)
    return None


def _url_of(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("url")
    return value if isinstance(value, str) and value.strip() else None
