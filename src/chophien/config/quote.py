"""`chophien quote`: prices requests from a file, without a database."""

import json
import sys
from pathlib import Path
from typing import BinaryIO

from chophien.domain.pricing.parse import BadRequestError
from chophien.domain.pricing.quote import price_document

REFUSED = 2


def run_quote(*, path: str, is_lines: bool) -> int:
    """Price one request, or with `is_lines` one a line; `-` reads standard input.

    What is read and written is UTF-8, whatever the locale. A refused request is told fault by
    fault on standard error and ends with 2, nothing printed; among lines it becomes
    `{"error": [...]}`, also when it is no JSON or no UTF-8, and the next line goes on.
    """
    if path == "-":
        return _run(sys.stdin.buffer, is_lines=is_lines)
    try:
        with Path(path).open("rb") as file:
            return _run(file, is_lines=is_lines)
    except OSError as fault:
        print(f"{path}: {fault}", file=sys.stderr)
        return REFUSED


def _run(file: BinaryIO, *, is_lines: bool) -> int:
    if is_lines:
        for line in file:
            if line.strip():
                _print(_price_line(line))
        return 0
    try:
        answer = price_document(_read(file.read()))
    except BadRequestError as refusal:
        print("\n".join(refusal.faults), file=sys.stderr)
        return REFUSED
    _print(answer)
    return 0


def _price_line(line: bytes) -> object:
    try:
        return price_document(_read(line))
    except BadRequestError as refusal:
        return {"error": list(refusal.faults)}


def _read(content: bytes) -> object:
    """Read a JSON document; of equal keys in one object, the last counts."""
    try:
        document: object = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise BadRequestError((f"not UTF-8: {fault.reason} at byte {fault.start}",)) from fault
    except (ValueError, RecursionError) as fault:
        raise BadRequestError((f"not JSON: {fault}",)) from fault
    return document


def _print(answer: object) -> None:
    """Print a document on one line; a lone surrogate, which UTF-8 has not, as its JSON escape."""
    text = json.dumps(answer, ensure_ascii=False)
    sys.stdout.buffer.write(text.encode(errors="backslashreplace") + b"\n")
    sys.stdout.flush()
