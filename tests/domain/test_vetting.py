"""Which papers goods need, and what viewers are warned of."""

import doctest

import pytest

from chophien.domain import vetting
from chophien.domain.law import Ban
from chophien.domain.vetting import (
    OF_ONE_PRODUCT,
    RULES,
    Kind,
    Paper,
    RiskWarning,
    is_forbidden,
    papers_for,
    warnings_of,
)


def test_examples_of_the_module_hold():
    assert doctest.testmod(vetting).failed == 0


@pytest.mark.parametrize(
    ("tags", "ban", "stall_kind", "papers"),
    [
        ([], "", "farmer", ()),
        ([], "", "household", (Paper.REGISTRATION,)),
        (["food"], "", "company", (Paper.REGISTRATION, Paper.FOOD_SAFETY)),
        (["food", "craft"], "", "farmer", (Paper.FOOD_SAFETY,)),
        ([], "alcohol", "brand", (Paper.REGISTRATION, Paper.ALCOHOL_LICENCE)),
        (
            ["supplement", "cosmetic"],
            "",
            "farmer",
            (Paper.PRODUCT_DECLARATION, Paper.AD_CONFIRMATION, Paper.COSMETIC_NOTIFICATION),
        ),
    ],
)
def test_papers_follow_from_kinds_and_stall(tags, ban, stall_kind, papers):
    assert papers_for(tags, ban, stall_kind=stall_kind) == papers


@pytest.mark.parametrize(
    ("tags", "ban", "warnings"),
    [
        ([], "", ()),
        (["food", "green"], "", ()),
        (["nuts", "seafood"], "", (RiskWarning.ALLERGEN_NUTS, RiskWarning.ALLERGEN_SEAFOOD)),
        (["supplement"], "", (RiskWarning.NOT_A_MEDICINE,)),
        (["alcohol"], "alcohol", (RiskWarning.ADULTS_ONLY,)),
    ],
)
def test_warnings_follow_from_kinds(tags, ban, warnings):
    assert warnings_of(tags, ban) == warnings


@pytest.mark.parametrize(
    ("tags", "ban", "forbidden"),
    [
        ([], "", False),
        ([], "alcohol", False),
        (["spirits"], "alcohol", True),
        ([], "tobacco", True),
        ([], "infant_milk", True),
        (["medicine"], "", True),
    ],
)
def test_some_goods_are_sold_in_no_show(tags, ban, forbidden):
    assert is_forbidden(tags, ban) is forbidden


def test_every_kind_has_a_rule_with_its_source_and_does_something():
    assert set(RULES) == set(Kind)
    for kind, rule in RULES.items():
        assert rule.source, kind
        assert rule.papers or rule.warning or rule.is_forbidden, kind
        assert not (rule.is_forbidden and rule.papers), f"{kind}: a paper cannot help it"


def test_a_ban_on_promotion_is_a_kind():
    assert {ban.value for ban in Ban} <= {kind.value for kind in Kind}


def test_every_paper_is_asked_for():
    asked = {paper for rule in RULES.values() for paper in rule.papers}
    assert asked | {Paper.REGISTRATION} == set(Paper)
    assert asked >= OF_ONE_PRODUCT
