"""Worked cases: the request and the answer that must come out exactly."""

import json
from pathlib import Path

import pytest

from chophien.domain.pricing.quote import price_document

CASES = json.loads(Path(__file__).with_name("quote-cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_answer_is_exactly_the_expected_one(case):
    assert price_document(case["request"]) == case["answer"]
