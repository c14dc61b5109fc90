"""What keeps a show or goods off the air, in words that say what to do and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from chophien.apps.catalog.selectors import list_skus
from chophien.apps.programme.selectors import list_run_of_show
from chophien.apps.vetting.selectors import (
    GoodsFault,
    list_goods_faults,
    list_hindrances,
    list_open_stops_of_show,
)
from chophien.domain.vetting import Hindrance
from chophien.web.templatetags.fair import local, word

if TYPE_CHECKING:
    from chophien.apps.programme.models import Show

GOODS_NAMED_MAX = 5
OF_GOODS = frozenset(
    {
        Hindrance.STALL_NOT_ADMITTED,
        Hindrance.GOODS_FORBIDDEN,
        Hindrance.PAPER_MISSING,
        Hindrance.PAPER_EXPIRED,
        Hindrance.AD_PAPER_MISSING,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HindranceLine:
    """One thing that is in the way: what, what to do about it, and on which page if on any."""

    code: str
    text: str
    remedy: str
    address: str = ""


def build_hindrances(show: "Show", at: datetime) -> list[HindranceLine]:
    """All that keeps a show off the air at `at`; nothing: it may go on air."""
    codes = list_hindrances(show.pk, at)
    if not codes:
        return []
    skus = [segment.sku for segment in list_run_of_show(show.pk)]
    faults = [
        fault for fault in list_goods_faults([sku.pk for sku in skus], at) if fault.code in OF_GOODS
    ]
    lines = [_describe(code, show) for code in codes if code not in OF_GOODS]
    return lines + [_describe_fault(fault, show.pk) for fault in faults]


def describe_faults(faults: Iterable[GoodsFault]) -> str:
    """Why goods may not be shown, in a sentence or two."""
    known = list(faults)[:GOODS_NAMED_MAX]
    return " ".join(f"{line.text} {line.remedy}" for line in map(_describe_fault, known))


def _describe(code: Hindrance, show: "Show") -> HindranceLine:
    papers = reverse("host_papers")
    rules = reverse("rules")
    texts = {
        Hindrance.CANCELLED: (
            _("The show is cancelled."), _("Ask the organiser to plan another one."), "",
        ),
        Hindrance.HOST_UNVERIFIED: (
            _("The host's identity is not verified yet."),
            _("Hand in the identity document; the organiser looks at it."), papers,
        ),
        Hindrance.IDENTITY_EXPIRED: (
            _("The host's identity has to be checked again."),
            _("Hand in the identity document; the organiser looks at it."), papers,
        ),
        Hindrance.RULES_UNPUBLISHED: (
            _("The organiser has not published the rules of shows."),
            _("The organiser publishes them in the office, under “Who may”."), "",
        ),
        Hindrance.RULES_NOT_ACCEPTED: (
            _("The rules of shows that hold now are not accepted."),
            _("Read them and accept them."), papers,
        ),
    }  # fmt: skip
    if code in texts:
        text, remedy, address = texts[code]
        return HindranceLine(code=code.value, text=text, remedy=remedy, address=address)
    ground = _find_ground(code, show)
    text = (
        _("The organiser has stopped this show. Ground: %(ground)s.")
        if code == Hindrance.STOPPED
        else _("The organiser has barred this host. Ground: %(ground)s.")
    )
    return HindranceLine(
        code=code.value,
        text=text % {"ground": ground},
        remedy=_("Talk to the organiser; only they can lift it."),
        address=rules,
    )


def _find_ground(code: Hindrance, show: "Show") -> str:
    kind = "show_stopped" if code == Hindrance.STOPPED else "host_barred"
    stops = list_open_stops_of_show(show.pk, show.host_id)
    ground = next((stop.ground for stop in stops if stop.kind == kind), "other")
    return word(ground, "ground")


def _describe_fault(fault: GoodsFault, show_id: int | None = None) -> HindranceLine:
    (sku,) = list_skus([fault.sku_id])
    words = {
        "goods": local(sku.product, "name"),
        "stall": local(sku.product.stall, "name"),
        "paper": word(fault.paper, "paper"),
    }
    text, remedy = _FAULTS[fault.code]()
    return HindranceLine(
        code=fault.code.value,
        text=text % words,
        remedy=remedy % words,
        address="" if show_id is None else f"{reverse('show_desk', args=[show_id])}#run-{sku.pk}",
    )


_FAULTS = {
    Hindrance.STALL_NOT_ADMITTED: lambda: (
        _("%(goods)s: the stall %(stall)s is not admitted."),
        _("Take the goods out of the run-of-show, or ask the organiser to admit the stall."),
    ),
    Hindrance.GOODS_FORBIDDEN: lambda: (
        _("%(goods)s may not be shown on air by law."),
        _("Take the goods out of the run-of-show."),
    ),
    Hindrance.PAPER_MISSING: lambda: (
        _("%(goods)s: a paper is missing: %(paper)s."),
        _("%(stall)s hands it in under “My stall, Papers”; or take the goods out."),
    ),
    Hindrance.PAPER_EXPIRED: lambda: (
        _("%(goods)s: a paper has run out: %(paper)s."),
        _("%(stall)s hands in the next one under “My stall, Papers”; or take the goods out."),
    ),
    Hindrance.AD_PAPER_MISSING: lambda: (
        _("%(goods)s: the confirmation of advertising content is missing."),
        _("%(stall)s hands it in under “My stall, Papers”; or take the goods out."),
    ),
    Hindrance.GOODS_TAKEN_DOWN: lambda: (
        _("%(goods)s: the organiser has taken these goods down."),
        _("Show something else."),
    ),
}
