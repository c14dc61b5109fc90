"""The demonstration's papers, rules of shows and its human host, checked as an organiser would."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from chophien.apps.accounts.models import User
from chophien.apps.catalog.models import Product
from chophien.apps.programme.models import Host
from chophien.apps.vetting import suggested
from chophien.apps.vetting.models import StallPaper
from chophien.apps.vetting.rules import RulesDraft, accept_rules, publish_rules
from chophien.apps.vetting.selectors import find_rules
from chophien.apps.vetting.services import (
    Decision,
    IdentityClaim,
    decide_identity,
    hand_in_identity,
)
from chophien.domain.law import LOCAL
from chophien.domain.vetting import OF_ONE_PRODUCT, papers_for

VALID = timedelta(days=3 * 365)
SOON = timedelta(days=20)  # one paper runs out soon, so that the office has something to see
ISSUERS = {
    "registration": "Phòng Kinh tế",
    "food_safety": "Chi cục An toàn thực phẩm",
    "alcohol_licence": "Sở Công Thương",
}


def build_vetting(organiser: User, *, at: datetime) -> None:
    """File a paper for all that goods on sale need, and publish the rules of shows."""
    publish_rules(
        RulesDraft(text_vi=suggested.VI, text_en=suggested.EN, text_zh=suggested.ZH),
        by_id=organiser.pk,
        at=at,
    )
    wanted = sorted(set(_list_wanted(Product.objects.select_related("stall").order_by("id"))))
    StallPaper.objects.bulk_create(
        StallPaper(
            stall_id=stall_id,
            product_id=product_id or None,
            kind=kind,
            number=f"{index + 1:03d}/2026/DEMO",
            issuer=ISSUERS.get(kind, "Cục An toàn thực phẩm"),
            state="verified",
            asked_at=at,
            checked_at=at,
            checked_by=organiser,
            valid_until=_end(at, VALID if index else SOON),
        )
        for index, (stall_id, product_id, kind) in enumerate(wanted)
    )


def build_human_host(person: User, organiser: User, *, at: datetime) -> Host:
    """A creator of the market, whose identity the organiser has looked at."""
    host = Host.objects.create(
        slug="sau-ghe", name="Sáu Ghe", person=person,
        pitch_vi="Người bán hàng ở chợ nổi, quen từng vườn, nói chuyện rôm rả.",
        pitch_en="A seller of the floating market who knows every orchard and loves to chat.",
        pitch_zh="水上集市的卖家，熟悉每一座果园，健谈热情。",
    )  # fmt: skip
    identity = hand_in_identity(
        host_id=host.pk,
        claim=IdentityClaim(
            kind="citizen_card", number_tail="0417", name="Trần Thị Miên",
            way="in_person", valid_until=_end(at, VALID),
        ),
        by_id=person.pk,
        at=at,
    )  # fmt: skip
    decide_identity(
        identity_id=identity.pk, decision=Decision(is_good=True, by_id=organiser.pk), at=at
    )
    rules = find_rules(at)
    assert rules is not None, "the rules are published before hosts come"
    accept_rules(host_id=host.pk, rules_id=rules.pk, by_id=person.pk, at=at)
    return host


def _list_wanted(products: Iterable[Product]) -> Iterator[tuple[int, int, str]]:
    """Each paper that goods need: of a stall, or of one product (0 where of none)."""
    for product in products:
        papers = papers_for(product.tags, product.promotion_ban, stall_kind=product.stall.kind)
        for paper in papers:
            yield product.stall_id, product.pk if paper in OF_ONE_PRODUCT else 0, paper.value


def _end(at: datetime, lasts: timedelta) -> date:
    return (at + lasts).astimezone(LOCAL).date()
