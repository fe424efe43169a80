"""Requests that change which elements a draft has: add, duplicate, rename, remove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ModosError, OptionError
from modos_widgets.folding import folded
from modos_widgets.modo import text_of
from modos_widgets.session import error_text
from modos_widgets.widgets.element_form.fields import (
    USERS,
    addable_classes,
    class_choice,
    fields_of,
    groups_of,
    linking_slot,
    read_texts,
)
from modos_widgets.widgets.element_form.new_names import new_names
from modos_widgets.widgets.element_form.wire import (
    AddAnswer,
    AddRequest,
    AddSeveralAnswer,
    AddSeveralRequest,
    CheckAnswer,
    ElementAnswer,
    ElementRequest,
    ElementsRequest,
    FormAnswer,
    FormRequest,
    NewElement,
    NewElements,
    PreviewAnswer,
    RemovalAnswer,
    RemoveAnswer,
    RemoveRequest,
    RenameCheck,
    RenameRequest,
    ValuesRequest,
)
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.wire import SuggestAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from modos_widgets.modo import Draft, Finding
    from modos_widgets.widgets.element_form.wire import NamedId, Problems, Texts
    from modos_widgets.widgets.slot_values import Suggester
    from modos_widgets.widgets.wire import Suggestion

__all__ = ["DraftAccess", "Structure"]

_SHOWN: Final = 100
_MOST_SUGGESTIONS: Final = 30
_OF_ITS_FILE: Final = ("data_path", "data_checksum")


@dataclass(frozen=True)
class DraftAccess:
    """How a widget lets its draft be changed.

    Attributes
    ----------
    lock : context manager
        Held while the draft is read or changed.
    draft : callable
        Returns the draft to change; raises `OptionError` if it is read-only.
    changed : callable
        Called after each change with the (object path, id) of the element to select, or None.
    """

    lock: AbstractContextManager[Any]
    draft: Callable[[], Draft]
    changed: Callable[[tuple[str, str] | None], object]


class Structure:
    """Answers the requests of forms for a draft; each change is one step of undo.

    Parameters
    ----------
    access : DraftAccess
        The draft.
    suggester : Suggester
        Source of values to choose from.
    """

    def __init__(self, access: DraftAccess, suggester: Suggester) -> None:
        self._access = access
        self._suggester = suggester

    # -- what a form shows --------------------------------------------------------------------

    @answers("element form", prompt=True)
    def form(self, request: Request[FormRequest]) -> FormAnswer:
        """Return the fields for an element of a class."""
        with self._access.lock:
            draft, name = self._access.draft(), str(request.payload["class_name"])
            return {
                **class_choice(draft.schema, name),
                "classes": [
                    class_choice(draft.schema, each)
                    for each in addable_classes(draft.schema)
                    if draft.schema.group(each) == draft.schema.group(name)
                ],
                "groups": groups_of(draft.schema, name),
                "objects": [
                    {"path": modo.path, "name": modo.path.rstrip("/").rpartition("/")[2]}
                    for modo in draft.modos
                ],
                "fields": fields_of(draft.schema, name),
            }

    @answers("element values", prompt=True)
    def suggest(self, request: Request[ValuesRequest]) -> SuggestAnswer:
        """Return values that fit what is typed in a field."""
        payload = request.payload
        text = str(payload.get("text", ""))[:200].strip()
        name = str(payload["field"])
        with self._access.lock:
            draft, path = self._access.draft(), self._path(payload)
            slot = draft.schema.slots(payload["class_name"]).get(name)
            if name == USERS:
                return {"options": self._users(draft, path, str(payload["class_name"]), text)}
            if slot is not None and slot.kind == "link":
                return {"options": self._suggester.targets(draft, path, slot.link, text)}
        if slot is not None and slot.kind == "term":
            return {"options": self._suggester.terms(text, name)}
        return {"options": self._suggester.listed(slot, text)}

    @staticmethod
    def _users(draft: Draft, path: str, class_name: str, text: str) -> list[Suggestion]:
        """Return the elements that can link to an element of a class."""
        found: list[Suggestion] = []
        words = folded(text)
        for element, attributes in draft.elements(path).items():
            label = text_of(attributes.get("name"))
            if "/" not in element or words not in folded(f"{element} {label}"):
                continue
            if linking_slot(draft.schema, attributes.get("@type"), class_name):
                found.append({"value": element, "label": element, "hint": label[:80]})
                if len(found) == _MOST_SUGGESTIONS:
                    break
        return found

    def _path(self, payload: Mapping[str, Any]) -> str:
        """Return the path of the object of a request; of the only one if it names none."""
        modos, path = self._access.draft().modos, str(payload.get("object", ""))
        if not path and len(modos) > 1:
            raise OptionError(
                f"The draft has {len(modos):,} objects.", "Choose the object of the new element."
            )
        return path or modos[0].path

    # -- one new element ----------------------------------------------------------------------

    def _read(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes of a new element."""
        draft, path = self._access.draft(), self._path(payload)
        class_name = str(payload["class_name"])
        class_choice(draft.schema, class_name)  # a class of which elements can be added
        texts: Texts = dict(payload.get("texts") or {})
        return read_texts(texts, draft.schema, class_name, draft.elements(path))

    def _check(self, payload: NewElement | AddRequest) -> tuple[str, dict[str, Any], Problems]:
        """Return the id of a new element, its attributes, and what is wrong."""
        draft, path = self._access.draft(), self._path(payload)
        attributes = self._read(payload)
        class_name, group = str(payload["class_name"]), str(payload.get("group", ""))
        typed, name = str(payload.get("id", "")), text_of(attributes.get("name"))
        named = "name" in draft.schema.slots(class_name)
        groups = groups_of(draft.schema, class_name)
        group = group if group in groups else groups[0]

        def proposed() -> str:
            return draft.propose_ids([name], class_name, path=path, group=group)[0]

        wanted = f"{group}/{typed}" if typed else proposed()
        problems: Problems = {}
        if not typed and not name and named:
            _add(problems, "id", "error", "Type a name or an id.")
        try:
            found: Iterable[Finding] = draft.check_new((path, wanted), attributes)
        except ModosError as error:
            message, _ = error_text(error)
            _add(problems, "id", "error", message)
            found = draft.check_new((path, proposed()), attributes)
        for finding in found:
            _add(problems, finding.slot or "id", finding.severity, finding.message)
        return "" if _has_errors(problems, only="id") else wanted, attributes, problems

    @answers("check element", prompt=True)
    def check(self, request: Request[NewElement]) -> CheckAnswer:
        """Return the id of a new element and what is wrong; changes nothing."""
        with self._access.lock:
            element, _, problems = self._check(request.payload)
            return {"id": element.partition("/")[2], "problems": problems}

    @answers("add element")
    def add(self, request: Request[AddRequest]) -> AddAnswer:
        """Add an element, unless it has errors and `force` is not set."""
        with self._access.lock:
            draft, path = self._access.draft(), self._path(request.payload)
            element, attributes, problems = self._check(request.payload)
            answer: AddAnswer = {
                "element": "",
                "id": element.partition("/")[2],
                "problems": problems,
            }
            if not element or (_has_errors(problems) and not request.payload.get("force")):
                return answer
            with draft.together():
                added = self._put(draft, path, element, attributes, request.payload)
            self._access.changed((path, added))
            return {**answer, "element": added}

    @staticmethod
    def _put(
        draft: Draft, path: str, element: str, attributes: dict[str, Any], payload: Any
    ) -> str:
        """Add an element, and the links to it."""
        added = draft.add((path, element), attributes)
        for user in map(str, (payload.get("texts") or {}).get(USERS, [])):
            known = draft.elements(path).get(user)
            slot = known and linking_slot(draft.schema, known.get("@type"), attributes["@type"])
            if not slot:
                raise OptionError(
                    f"{user!r:.80} cannot link to {added}.", "Remove it from the list of users."
                )
            before = draft.current((path, user), slot.name)
            links = before if isinstance(before, list) else [] if before is None else [before]
            draft.set((path, user), slot.name, [*links, added] if slot.many else added)
        return added

    # -- several new elements -----------------------------------------------------------------

    def _several(self, payload: NewElements) -> tuple[list[str], list[str], Problems]:
        """Return the names of several elements, their ids, and what is wrong in all of them."""
        draft, path = self._access.draft(), self._path(payload)
        class_name = str(payload["class_name"])
        class_choice(draft.schema, class_name)
        groups = groups_of(draft.schema, class_name)
        group = str(payload.get("group", ""))
        group = group if group in groups else groups[0]
        names = new_names(payload)
        ids = draft.propose_ids(names, class_name, path=path, group=group)
        problems: Problems = {}
        if ids:
            attributes = {**self._read(payload), "name": names[0]}
            for finding in draft.check_new((path, ids[0]), attributes):
                _add(problems, finding.slot or "id", finding.severity, finding.message)
        return names, ids, problems

    @answers("preview elements", prompt=True)
    def preview(self, request: Request[NewElements]) -> PreviewAnswer:
        """Return the first of several new elements, and how many there are."""
        with self._access.lock:
            try:
                names, ids, problems = self._several(request.payload)
            except ModosError as error:
                problem = " ".join(error_text(error))
                return {"first": [], "total": 0, "problem": problem, "problems": {}}
            first: list[NamedId] = [
                {"name": name, "id": element.partition("/")[2]}
                for name, element in zip(names[:_SHOWN], ids[:_SHOWN], strict=True)
            ]
            return {"first": first, "total": len(ids), "problem": "", "problems": problems}

    @answers("add elements")
    def add_several(self, request: Request[AddSeveralRequest]) -> AddSeveralAnswer:
        """Add several elements as one step, unless they have errors and `force` is not set."""
        with self._access.lock:
            draft, path = self._access.draft(), self._path(request.payload)
            names, ids, problems = self._several(request.payload)
            answer: AddSeveralAnswer = {
                "added": 0,
                "element": "",
                "problem": "" if ids else "Type names, or a number and a pattern.",
                "problems": problems,
            }
            if not ids or (_has_errors(problems) and not request.payload.get("force")):
                return answer
            common = self._read(request.payload)
            with draft.together():
                for name, element in zip(names, ids, strict=True):
                    self._put(draft, path, element, {**common, "name": name}, request.payload)
            self._access.changed((path, ids[0]))
            return {**answer, "added": len(ids), "element": ids[0]}

    # -- existing elements --------------------------------------------------------------------

    @answers("duplicate element")
    def duplicate(self, request: Request[ElementRequest]) -> ElementAnswer:
        """Add a copy of an element; its file stays that of the element alone."""
        with self._access.lock:
            draft, path = self._access.draft(), self._path(request.payload)
            source = str(request.payload["id"])
            found = draft.elements(path).get(source)
            if found is None or "/" not in source:
                raise OptionError(f"There is no element {source!r:.80}.", "Refresh the table.")
            file = draft.removal((path, source)).file
            attributes = {
                slot: value for slot, value in found.items() if not (file and slot in _OF_ITS_FILE)
            }
            group, _, name = source.partition("/")
            class_name = text_of(attributes.get("@type"))
            (wanted,) = draft.propose_ids([name], class_name, path=path, group=group)
            added = draft.add((path, wanted), attributes)
            self._access.changed((path, added))
            note = f"The copy has no file: {file} belongs to {source}." if file else ""
            return {"element": added, "note": note}

    @answers("check rename", prompt=True)
    def check_rename(self, request: Request[RenameRequest]) -> RenameCheck:
        """Return the id that an element would get, or why it cannot; changes nothing."""
        with self._access.lock:
            try:
                key = self._path(request.payload), str(request.payload["id"])
                element = self._access.draft().check_rename(key, _new_id(request.payload))
            except ModosError as error:
                return {"element": "", "problem": " ".join(error_text(error))}
            return {"element": element, "problem": ""}

    @answers("rename element")
    def rename(self, request: Request[RenameRequest]) -> ElementAnswer:
        """Rename an element, with the links to it."""
        with self._access.lock:
            path = self._path(request.payload)
            draft, old = self._access.draft(), str(request.payload["id"])
            renamed = draft.rename((path, old), _new_id(request.payload))
            self._access.changed((path, renamed))
            return {"element": renamed, "note": ""}

    @answers("removal", prompt=True)
    def removal(self, request: Request[ElementsRequest]) -> RemovalAnswer:
        """Return what the removal of elements would change; changes nothing."""
        with self._access.lock:
            draft = self._access.draft()
            found = [draft.removal(key) for key in self._keys(request.payload)]
            return {
                "elements": [
                    {
                        "element": removal.element,
                        "links": list(removal.links),
                        "file": removal.file,
                        "file_users": list(removal.file_users),
                        "arrays": removal.arrays,
                    }
                    for removal in found
                ]
            }

    @answers("remove elements")
    def remove(self, request: Request[RemoveRequest]) -> RemoveAnswer:
        """Remove elements as one step, with their files if wanted; lists the object's files."""
        with self._access.lock:
            draft, keys = self._access.draft(), self._keys(request.payload)
            before = set(draft.notes)
            with draft.together():
                for key in keys:
                    with_file = bool(request.payload.get("with_files"))
                    draft.remove(key, with_file=with_file and bool(draft.removal(key).file))
            self._access.changed(None)
            return {
                "removed": len(keys),
                "notes": [note for note in draft.notes if note not in before],
            }

    def _keys(self, payload: ElementsRequest | RemoveRequest) -> list[tuple[str, str]]:
        keys = [
            (self._path({"object": path}), str(element)) for path, element in payload["elements"]
        ]
        return list(dict.fromkeys(keys))


def _new_id(payload: RenameRequest) -> str:
    """Return the id that a person wants for an element, in its group."""
    return f"{str(payload['id']).partition('/')[0]}/{payload['new']}"


def _add(problems: Problems, field: str, severity: Any, message: str) -> None:
    problems.setdefault(field, []).append({"severity": severity, "message": message[:2_000]})


def _has_errors(problems: Problems, *, only: str = "") -> bool:
    """Return whether there are errors, in any field or in one."""
    fields = [problems.get(only, [])] if only else problems.values()
    return any(each["severity"] == "error" for found in fields for each in found)
