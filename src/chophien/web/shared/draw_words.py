"""What draws, countdowns and milestones say: who takes part, what somebody lacks, what was won."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chophien.domain.lucky import Bought, Condition, Measure, Rule, mask
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from collections.abc import Collection

    from chophien.apps.accounts.models import User
    from chophien.apps.draws.models import Countdown
    from chophien.apps.sellers.models import Stall

MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing that a draw asks, as its card says it."""

    text: str
    is_met: bool
    more: str = ""
    """What is still to be done, in figures."""


def describe_asks(
    rule: Rule, *, stall: "Stall | None", missing: "Collection[Condition]", watched_s: int
) -> list[Ask]:
    """What is asked, in order, and what of it somebody has done."""
    return [
        Ask(
            text=describe_condition(each, rule, stall),
            is_met=each not in missing,
            more=_describe_rest(each, rule, watched_s) if each in missing else "",
        )
        for each in rule.asks
    ]


def describe_condition(condition: Condition, rule: Rule, stall: "Stall | None") -> str:
    """One condition in words."""
    name = {"stall": "" if stall is None else local(stall, "name")}
    if condition is Condition.WATCHED:
        return _minutes(rule.watched_s, ngettext(
            "Watch this show for %(minutes)s minute in all",
            "Watch this show for %(minutes)s minutes in all",
            -(-rule.watched_s // MINUTE_S),
        ))  # fmt: skip
    if condition is Condition.CHATTED:
        return _minutes(rule.chatted_s, ngettext(
            "Have written in the chat in the last %(minutes)s minute",
            "Have written in the chat in the last %(minutes)s minutes",
            -(-rule.chatted_s // MINUTE_S),
        ))  # fmt: skip
    bought = _("Have bought something in this show")
    if rule.bought is Bought.STALL:
        bought = _("Have bought something from %(stall)s during this show") % name
    return {
        Condition.TAP: _("Tap “Take part”"),
        Condition.KEYWORD: _("Write “%(keyword)s” in the chat") % {"keyword": rule.keyword},
        Condition.BOUGHT: bought,
        Condition.MEMBER: _("Be a member of %(stall)s (it costs nothing)") % name,
        Condition.SEEN: _("Be watching when the count is over"),
    }[condition]


def _minutes(seconds: int, text: str) -> str:
    return text % {"minutes": -(-seconds // MINUTE_S)}


def _describe_rest(condition: Condition, rule: Rule, watched_s: int) -> str:
    if condition is not Condition.WATCHED:
        return ""
    left = max(-(-(rule.watched_s - watched_s) // MINUTE_S), 1)
    text = ngettext("%(left)s minute to go", "%(left)s minutes to go", left)
    return text % {"left": left}


def mask_person(person: "User") -> str:
    """A winner's name as everybody may read it."""
    return mask(person.display_name or person.username)


def describe_countdown(countdown: "Countdown") -> str:
    """What is counted down to."""
    if countdown.text:
        return countdown.text
    if countdown.sku is not None:
        return _("Next: %(goods)s") % {"goods": local(countdown.sku.product, "name")}
    return _("A coupon falls")


def describe_milestone(measure: Measure | str) -> str:
    """What was reached; the number stands before it."""
    return {
        Measure.LIKES: _("hearts in this show"),
        Measure.VIEWERS: _("watching together"),
        Measure.ORDERS: _("orders in this show"),
        Measure.SALES: _("sold in this show"),
    }[Measure(measure)]
