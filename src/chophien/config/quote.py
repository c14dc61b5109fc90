"""`chophien quote`: prices requests from a file, without a database."""

import json
import sys
from pathlib import Path
from typing import TextIO

from chophien.domain.pricing.parse import BadRequestError
from chophien.domain.pricing.quote import price_document

REFUSED = 2


def run_quote(*, path: str, is_lines: bool) -> int:
    """Price one request, or with `is_lines` one a line; `-` reads standard input.

    A refused request is told fault by fault on standard error and ends with 2, nothing printed;
    among lines it becomes `{"error": [...]}` and the next line goes on.
    """
    if path == "-":
        return _run(sys.stdin, is_lines=is_lines)
    try:
        with Path(path).open(encoding="utf-8") as file:
            return _run(file, is_lines=is_lines)
    except (OSError, UnicodeDecodeError) as fault:
        print(f"{path}: {fault}", file=sys.stderr)
        return REFUSED


def _run(file: TextIO, *, is_lines: bool) -> int:
    if is_lines:
        for line in file:
            if line.strip():
                print(_price_line(line))
        return 0
    try:
        answer = price_document(_read(file.read()))
    except BadRequestError as refusal:
        print("\n".join(refusal.faults), file=sys.stderr)
        return REFUSED
    print(_write(answer))
    return 0


def _price_line(line: str) -> str:
    try:
        return _write(price_document(_read(line)))
    except BadRequestError as refusal:
        return _write({"error": list(refusal.faults)})


def _read(text: str) -> object:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise BadRequestError((f"not JSON: {fault}",)) from fault
    return document


def _write(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False)
