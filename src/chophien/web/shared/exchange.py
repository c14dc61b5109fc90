"""Pages of import and export, the same for a stall and for the organiser.

Each side has a `Desk`, which says whose imports these are, and thin views of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chophien.apps.exchange.exporting import (
    EXAMPLES,
    TooManyRowsError,
    write_csv,
    write_faults,
    write_workbook,
)
from chophien.apps.exchange.live_rows import Cells, list_live_rows
from chophien.apps.exchange.selectors import (
    Viewer,
    find_import,
    is_at_work,
    iterate_faults,
    list_faults,
    list_imports,
)
from chophien.apps.exchange.services import (
    Begun,
    Empty,
    TooLarge,
    Upload,
    begin_import,
    check_again,
    resume,
    start_applying,
    stop,
)
from chophien.apps.exchange.tasks import tell_worker
from chophien.domain.limits import IMPORT_BYTES_MAX, IMPORT_ROWS_MAX
from chophien.domain.tables.cells import parse_cell, render_cell
from chophien.domain.tables.columns import TABLES, TableKind, find_column
from chophien.domain.tables.faults import Reason, Wrong
from chophien.web.shared.clock import now
from chophien.web.shared.exchange_words import (
    KINDS,
    PROBLEMS,
    REASONS,
    STATES,
    name_column,
    say_allowed,
    say_time_left,
)
from chophien.web.shared.people import get_user

RUNS_SHOWN = 20
FAULTS_SHOWN = 50
SAMPLE_COLUMNS = 8
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MB = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One side of the fair: `side` is `stall` or `office`, `stalls` are those to choose from."""

    side: str
    viewer: Viewer
    stalls: Sequence[Any]

    def reverse(self, name: str, *args: object) -> str:
        return reverse(f"{self.side}_exchange{name}", args=args)

    def find_stall(self, chosen: str) -> int | None:
        """The id of the chosen stall; `None` is all of them, which is for organisers only.

        Raises:
            Http404: there is no such stall here.
        """
        if not chosen and self.viewer.is_organiser:
            return None
        wanted = chosen or (str(self.stalls[0].pk) if self.stalls else "")
        for stall in self.stalls:
            if str(stall.pk) == wanted:
                return int(stall.pk)
        raise Http404


def show_home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Bring a file, take one, and what was brought before."""
    page = Paginator(list_imports(desk.viewer), RUNS_SHOWN).get_page(request.GET.get("page"))
    kinds = [
        {"kind": kind.value, "name": name, "headings": _list_headings(kind)}
        for kind, name in KINDS.items()
    ]
    context = {
        "desk": desk, "page": page, "kinds": kinds, "forms": tuple(FORMS),
        "runs": [_describe(run) for run in page], "mb_max": IMPORT_BYTES_MAX // MB,
        "rows_max": IMPORT_ROWS_MAX,
    }  # fmt: skip
    return render(request, f"{desk.side}/exchange.html", context)


def _list_headings(kind: TableKind) -> list[dict[str, object]]:
    language = get_language() or "vi"
    return [
        {"name": column.heading(language), "is_needed": column.is_needed} for column in TABLES[kind]
    ]


def bring_file(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Keep an uploaded file and let a worker read it."""
    file, kind = request.FILES.get("file"), request.POST.get("kind", "")
    if file is None or kind not in set(TableKind):
        messages.error(request, _("Choose a table and a file. Nothing was brought in."))
        return redirect(desk.reverse(""))
    name = file.name or ""
    if not name.lower().endswith((".csv", ".txt", ".tsv", ".xlsx", ".xlsm")):
        messages.error(request, _("The file has to be CSV or XLSX. Nothing was brought in."))
        return redirect(desk.reverse(""))
    outcome = begin_import(
        Upload(
            kind=kind,
            file_name=name,
            chunks=file.chunks(),
            stall_id=desk.find_stall(request.POST.get("stall", "")),
            by_id=get_user(request).pk,
        ),
        at=now(),
    )
    match outcome:
        case Begun(run_id=run_id):
            tell_worker(run_id)
            return redirect(desk.reverse("_run", run_id))
        case Empty():
            messages.error(request, _("The file is empty. Nothing was brought in."))
        case TooLarge(bytes_max=bytes_max):
            messages.error(
                request,
                _("The file is larger than %(size)s MB. Nothing was brought in.")
                % {"size": bytes_max // MB},
            )
    return redirect(desk.reverse(""))


def show_run(request: HttpRequest, desk: Desk, run_id: int) -> HttpResponse:
    """How far it is; then what would change, and every fault."""
    run = find_import(run_id, desk.viewer)
    if run is None:
        raise Http404
    kind = TableKind(run.kind)
    faults = Paginator(list_faults(run.pk), FAULTS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "desk": desk, "run": run, "told": _describe(run), "page": faults,
        "faults": [
            {
                "row": fault.row, "column": name_column(kind, fault.column), "value": fault.value,
                "reason": REASONS[Reason(fault.reason)],
                "allowed": say_allowed(fault.reason, fault.allowed, kind),
            }
            for fault in faults
        ],
        "samples": {name: _show_samples(kind, rows) for name, rows in run.samples.items()},
    }  # fmt: skip
    return render(request, f"{desk.side}/exchange_run.html", context)


def _describe(run: Any) -> dict[str, object]:
    """A run in words and figures: its state, its speed, what is left."""
    rows_per_s = run.rows_read * 1000 // run.read_ms if run.read_ms else 0
    left_bytes = max(run.file_bytes - run.bytes_read, 0)
    left = ""
    if run.state == "reading" and run.bytes_read and run.read_ms:
        left = say_time_left(timedelta(milliseconds=run.read_ms * left_bytes // run.bytes_read))
    if run.rows_total:
        share = run.rows_read * 100 // run.rows_total
    else:
        share = run.bytes_read * 100 // run.file_bytes if run.file_bytes else 0
    work_ms = run.read_ms + run.check_ms + run.apply_ms
    return {
        "run": run, "kind": KINDS[TableKind(run.kind)], "state": STATES[run.state],
        "problem": PROBLEMS.get(run.problem, ""), "rows_per_s": rows_per_s, "left": left,
        "share": min(share, 100), "is_at_work": is_at_work(run),
        "seconds": -(-work_ms // 1000), "can_apply": bool(run.new_count + run.changed_count),
    }  # fmt: skip


def _show_samples(kind: TableKind, rows: list[dict[str, Any]]) -> list[dict[str, object]]:
    """Kept words in the reader's language: the cells of a row, or column, old and new."""
    return [
        {
            "row": row["row"],
            "cells": [
                {"name": name_column(kind, key), "text": _say(kind, key, text)}
                for key, text in list(row["cells"].items())[:SAMPLE_COLUMNS]
            ],
            "changes": [
                {
                    "name": name_column(kind, key),
                    "old": _say(kind, key, old),
                    "new": _say(kind, key, new),
                }
                for key, old, new in row.get("changes", ())
            ],
        }
        for row in rows
    ]


def _say(kind: TableKind, key: str, text: str) -> str:
    column = find_column(kind, key)
    if column is None or not text:
        return text
    value = parse_cell(column, text)
    return text if isinstance(value, Wrong) else render_cell(column, value, get_language() or "vi")


def move_run(request: HttpRequest, desk: Desk, run_id: int, act: str) -> HttpResponse:
    """Stop, go on, check again, apply."""
    run = find_import(run_id, desk.viewer)
    if run is None:
        raise Http404
    at = now()
    acts: dict[str, Callable[[], bool]] = {
        "stop": lambda: stop(run_id=run_id),
        "resume": lambda: resume(run_id=run_id, at=at),
        "check": lambda: check_again(run_id=run_id, at=at),
        "apply": lambda: start_applying(
            run_id=run_id,
            by_id=get_user(request).pk,
            leaves_faulty=request.POST.get("leaves_faulty") == "yes",
            at=at,
        ),
    }
    if act not in acts:
        raise Http404
    if not acts[act]():
        messages.info(request, _("The import has moved on meanwhile; this is how it stands now."))
    elif act != "stop":
        tell_worker(run_id)
    return redirect(desk.reverse("_run", run_id))


def send_faults(desk: Desk, run_id: int) -> HttpResponse:
    """All faults of a file as CSV."""
    run = find_import(run_id, desk.viewer)
    if run is None:
        raise Http404
    kind = TableKind(run.kind)
    headings = (_("Row"), _("Column"), _("What stands there"), _("What is wrong"), _("Allowed"))
    return _send(write_faults(headings, _say_faults(run_id, kind)), "csv", f"faults-{run_id}.csv")


def _say_faults(run_id: int, kind: TableKind) -> Iterator[tuple[str, ...]]:
    for fault in iterate_faults(run_id):
        yield (
            str(fault.row),
            name_column(kind, fault.column),
            fault.value,
            str(REASONS[Reason(fault.reason)]),
            say_allowed(fault.reason, fault.allowed, kind),
        )


def send_table(request: HttpRequest, desk: Desk, kind: str, form: str) -> HttpResponse:
    """The fair's own table; streamed, of one stall or, for the organiser, of all."""
    table, stall_id = _known(kind, form), desk.find_stall(request.GET.get("stall", ""))
    rows = list_live_rows(table, stall_id=stall_id)
    try:
        return _send(_write(table, rows, form), form, f"{kind}.{form}")
    except TooManyRowsError:
        messages.error(request, _("That is too much for a workbook. Take the table as CSV."))
        return redirect(desk.reverse(""))


def send_template(kind: str, form: str) -> HttpResponse:
    """A table with its headings and examples, to begin with."""
    table = _known(kind, form)
    return _send(_write(table, _list_examples(table), form), form, f"mau-{kind}.{form}")


def _list_examples(table: TableKind) -> Iterator[Cells]:
    for example in EXAMPLES[table]:
        read = {
            key: parse_cell(column, text)
            for key, text in example.items()
            if (column := find_column(table, key)) is not None
        }
        yield {key: value for key, value in read.items() if not isinstance(value, Wrong)}


def _known(kind: str, form: str) -> TableKind:
    if kind not in set(TableKind) or form not in FORMS:
        raise Http404
    return TableKind(kind)


def _write(table: TableKind, rows: Iterator[Cells], form: str) -> Iterator[str] | Iterator[bytes]:
    language = get_language() or "vi"
    write = write_csv if form == "csv" else write_workbook
    return write(table, rows, language)


def _send(pieces: Iterator[str] | Iterator[bytes], form: str, file_name: str) -> HttpResponse:
    """Stream what has been begun: what fails at the first piece fails before any is sent."""
    first = next(iter(pieces), b"")
    answer = StreamingHttpResponse(
        chain([first], pieces),
        content_type=FORMS[form],
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
    return cast("HttpResponse", answer)  # a sibling class: views and middleware take both
