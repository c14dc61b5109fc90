"""What keeps shows and goods off the air, by the database's own function."""

from datetime import timedelta

import pytest
from django.db import connection
from tests.factories import (
    OPENING,
    make_festival,
    make_host,
    make_paper,
    make_room,
    make_sku,
    make_stall,
    make_user,
    verify_host,
)

from chophien.apps.catalog.models import Product
from chophien.apps.vetting.models import HostIdentity, StallPaper
from chophien.apps.vetting.rules import RulesDraft, accept_rules, publish_rules
from chophien.apps.vetting.selectors import list_goods_faults, list_hindrances
from chophien.domain.vetting import OF_ONE_PRODUCT, RULES

pytestmark = pytest.mark.django_db


@pytest.fixture
def stall():
    return make_stall()


def list_codes(room, at=OPENING):
    return [code.value for code in list_hindrances(room.show_id, at)]


def test_the_database_has_the_table_of_the_domain():
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, paper, of_one_product FROM goods_needs()")
        told = set(cursor.fetchall())

    assert told == {
        (kind.value, paper.value, paper in OF_ONE_PRODUCT)
        for kind, rule in RULES.items()
        for paper in rule.papers
    } | {(kind.value, "", False) for kind, rule in RULES.items() if rule.is_forbidden}


def test_a_host_who_is_verified_may_go_on_air(stall):
    room = make_room(make_festival(), make_sku(stall), host=make_host(person=make_user()))

    assert list_codes(room) == []


def test_a_host_is_told_all_that_is_missing_the_gravest_first(stall):
    host = make_host(person=make_user(), is_verified=False)
    room = make_room(make_festival(), make_sku(stall, tags=["supplement"]), host=host)
    assert list_codes(room) == [
        "host_unverified", "rules_unpublished", "ad_paper_missing", "paper_missing",
    ]  # fmt: skip

    publish_rules(RulesDraft(text_vi="Nói thật."), by_id=None, at=OPENING)
    assert "rules_not_accepted" in list_codes(room)

    verify_host(host)
    assert list_codes(room) == ["ad_paper_missing", "paper_missing"]


def test_an_identity_counts_through_its_last_local_day(stall):
    host = make_host(person=make_user())
    room = make_room(make_festival(), make_sku(stall), host=host)
    HostIdentity.objects.update(valid_until=OPENING.date())
    last_moment = OPENING.replace(hour=16, minute=59)

    assert list_codes(room, last_moment) == []
    assert list_codes(room, last_moment + timedelta(minutes=1)) == ["identity_expired"]


def test_a_new_version_of_the_rules_is_accepted_anew(stall):
    host = make_host(person=make_user())
    room = make_room(make_festival(), make_sku(stall), host=host)
    later = OPENING + timedelta(hours=1)

    rules = publish_rules(RulesDraft(text_vi="Mới."), by_id=None, at=later)
    assert list_codes(room, OPENING) == []
    assert list_codes(room, later) == ["rules_not_accepted"]

    accept_rules(host_id=host.id, rules_id=rules.id, by_id=host.person_id, at=later)
    assert list_codes(room, later) == []


def test_an_ai_host_needs_no_identity_but_goods_need_their_papers(stall):
    room = make_room(make_festival(), make_sku(stall, tags=["food"]))
    assert list_codes(room) == []

    StallPaper.objects.filter(kind="food_safety").update(valid_until=OPENING.date())
    assert list_codes(room, OPENING + timedelta(days=1)) == ["paper_expired"]

    StallPaper.objects.filter(kind="food_safety").delete()
    assert list_codes(room) == ["paper_missing"]


@pytest.mark.parametrize("state", ["asked", "refused"])
def test_a_paper_counts_only_once_it_is_accepted(stall, state):
    sku = make_sku(stall)
    StallPaper.objects.filter(kind="registration").update(state=state, reason="mờ")

    assert [(f.code.value, f.paper) for f in list_goods_faults([sku.id], OPENING)] == [
        ("paper_missing", "registration")
    ]


def test_a_confirmation_is_for_its_own_product_only(stall):
    honey, tonic = make_sku(stall, tags=["supplement"]), make_sku(stall, tags=["supplement"])
    for kind in ("product_declaration", "ad_confirmation"):
        make_paper(stall, kind, product=honey.product)

    faults = list_goods_faults([honey.id, tonic.id], OPENING)
    assert {fault.sku_id for fault in faults} == {tonic.id}


def test_farmers_need_no_registration_and_others_do():
    farmer, company = make_stall("vuon", kind="farmer"), make_stall("hang", kind="company")
    StallPaper.objects.all().delete()

    assert list_goods_faults([make_sku(farmer).id], OPENING) == []
    assert [f.paper for f in list_goods_faults([make_sku(company).id], OPENING)] == ["registration"]


def test_goods_of_a_stall_that_is_not_admitted_or_forbidden_goods_are_named(stall):
    stall.state = "applied"
    stall.save()
    sku = make_sku(stall, promotion_ban="tobacco")

    codes = {fault.code.value for fault in list_goods_faults([sku.id], OPENING)}
    assert codes == {"stall_not_admitted", "goods_forbidden"}


def test_a_show_that_does_not_exist_has_no_hindrance_of_its_own():
    assert list_hindrances(0, OPENING) == ()


def test_publishing_goods_that_nobody_took_down_stays_as_it_was(stall):
    product = make_sku(stall).product
    Product.objects.filter(id=product.id).update(state="withdrawn")
    Product.objects.filter(id=product.id).update(state="published")

    product.refresh_from_db()
    assert product.state == "published"
