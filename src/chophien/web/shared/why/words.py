"""A rule of docs/reference/promotions.md as a sentence, in the language of the reader."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from chophien.apps.promotions.documents import BANNED_TAG
from chophien.domain.money import BPS_WHOLE, render_money

Rule = Mapping[str, Any]

NAMED_MAX = 3  # goods that a sentence names; the rest is counted
NO_BREAK = "\N{NO-BREAK SPACE}"
SECOND = 2
HALF_BPS = BPS_WHOLE // 2

# Tags of goods that people read often; any other tag is shown as it was written.
TAGS: dict[str, Promise] = {
    "food": lazy("food"),
    "fresh": lazy("fresh produce"),
    "sweets": lazy("sweets"),
    "seasoning": lazy("seasoning"),
    "fruit": lazy("fruit"),
    "green": lazy("green goods"),
    "craft": lazy("crafts"),
    "meat": lazy("meat"),
    "staple": lazy("staples"),
    "home": lazy("things for the home"),
    "seafood": lazy("seafood"),
    "drink": lazy("drinks"),
    "gift": lazy("gifts"),
    "fabric": lazy("fabrics"),
    "vegetable": lazy("vegetables"),
    "nuts": lazy("nuts"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the codes of a request are called, in the reader's language; a code stands for itself."""

    currency: str = "VND"
    goods: Mapping[str, str] = field(default_factory=dict)
    """By the code of a sku."""
    stalls: Mapping[str, str] = field(default_factory=dict)
    """By slug."""

    def money(self, amount_minor: int) -> str:
        return render_money(amount_minor, self.currency, (get_language() or "vi")[:2])

    def whole_money(self, amount_minor: int) -> str:
        """As `money`, but never broken over two lines: for amounts within a sentence."""
        return self.money(amount_minor).replace(" ", NO_BREAK)


def render_percent(bps: int) -> str:
    """`5000` → `50%`, `1250` → `12,5%` where a comma is written, else `12.5%`."""
    whole, hundredths = divmod(bps, 100)
    if not hundredths:
        return f"{whole}%"
    point = "," if (get_language() or "vi").startswith("vi") else "."
    return f"{whole}{point}{hundredths:02d}".rstrip("0") + "%"


def describe_rule(rule: Rule, names: Names) -> str:
    """An offer, a cross-store programme or a coupon: what it takes off, when, and on what."""
    scope = describe_scope(rule.get("scope") or {}, names)
    text = _find_speaker(rule)(rule, names)
    return _("%(rule)s, %(scope)s") % {"rule": text, "scope": scope} if scope else text


def _find_speaker(rule: Rule) -> Callable[[Rule, Names], str]:
    if rule.get("every") is not None:
        return _say_every
    return {"nth_unit": _say_nth_unit, "bundle": _say_bundle}.get(rule.get("kind", ""), _say_spend)


def _say_every(rule: Rule, names: Names) -> str:
    text = _("Every %(every)s over all stalls, %(off)s off")
    values = {"every": names.whole_money(rule["every"]), "off": names.whole_money(rule["off"])}
    return _say_times(text % values, rule)


def _say_times(text: str, rule: Rule) -> str:
    times = rule.get("max_times")
    if times is None:
        return text
    limited = ngettext(
        "%(rule)s (%(times)s time at most)", "%(rule)s (up to %(times)s times)", times
    )
    return limited % {"rule": text, "times": times}


def _say_spend(rule: Rule, names: Names) -> str:
    off = _say_off(rule, names)
    if rule.get("threshold") is None:
        return _("%(off)s off") % {"off": off}
    values = {"threshold": names.whole_money(rule["threshold"]), "off": off}
    if rule.get("repeat"):
        return _say_times(_("Every %(threshold)s, save %(off)s") % values, rule)
    return _("Spend %(threshold)s, save %(off)s") % values


def _say_off(rule: Rule, names: Names) -> str:
    if rule.get("off") is not None:
        return names.whole_money(rule["off"])
    percent = render_percent(rule["percent_bps"])
    if rule.get("max_off") is None:
        return percent
    values = {"percent": percent, "most": names.whole_money(rule["max_off"])}
    return _("%(percent)s (%(most)s at most)") % values


def _say_nth_unit(rule: Rule, _names: Names) -> str:
    n, bps = rule["n"], rule["percent_bps"]
    if n == 1:
        return _("%(off)s off") % {"off": render_percent(bps)}
    if bps == BPS_WHOLE:
        return _("Buy %(bought)s, get one more free") % {"bought": n - 1}
    if bps == HALF_BPS and n == SECOND:
        return _("Second unit at half price")
    values = {"n": n, "percent": render_percent(bps)}
    return _("One unit in every %(n)s: %(percent)s off") % values


def _say_bundle(rule: Rule, names: Names) -> str:
    goods = " + ".join(
        f"{units} × {names.goods.get(code, code)}" for code, units in sorted(rule["skus"].items())
    )
    return _("Set of %(goods)s for %(price)s") % {
        "goods": goods,
        "price": names.whole_money(rule["price"]),
    }


def describe_scope(scope: Rule, names: Names) -> str:
    """What a rule is limited to; empty for everything. Goods that the law bans go unsaid."""
    said = []
    if scope.get("sellers") is not None:
        said.append(_("at %(stalls)s") % {"stalls": _list_named(scope["sellers"], names.stalls)})
    if scope.get("skus") is not None:
        said.append(_("on %(goods)s") % {"goods": _list_named(scope["skus"], names.goods)})
    if scope.get("rooms") is not None:
        said.append(_("bought in the live room"))
    if scope.get("tags") is not None:
        said.append(_("on %(goods)s") % {"goods": _list_named(scope["tags"], TAGS)})
    excluded = [tag for tag in scope.get("exclude_tags") or () if tag != BANNED_TAG]
    if excluded:
        said.append(_("not on %(goods)s") % {"goods": _list_named(excluded, TAGS)})
    return ", ".join(said)


def _list_named(codes: Collection[str], names: Mapping[str, object]) -> str:
    named = [str(names.get(code, code)) for code in sorted(codes)]
    text = ", ".join(named[:NAMED_MAX])
    more = len(named) - NAMED_MAX
    if more <= 0:
        return text
    return _("%(goods)s and %(more)s more") % {"goods": text, "more": more}


def describe_coupon(rule: Rule, names: Names) -> str:
    """A coupon with who gives it: `issuer`, and `seller` where a stall does."""
    said = {"rule": describe_rule(rule, names)}
    match rule["issuer"]:
        case "seller":
            stall = names.stalls.get(rule["seller"], rule["seller"])
            return _("Coupon of %(stall)s: %(rule)s") % (said | {"stall": stall})
        case "platform":
            return _("Coupon of the festival: %(rule)s") % said
        case _:
            return _("Red packet: %(rule)s") % said


def list_codes(rules: Collection[Rule]) -> set[str]:
    """The codes of skus that the sentences of these rules would name."""
    codes: set[str] = set()
    for rule in rules:
        codes.update((rule.get("scope") or {}).get("skus") or ())
        codes.update(rule.get("skus") or ())
    return codes


def list_slugs(rules: Collection[Rule]) -> set[str]:
    """The stalls that the sentences of these rules would name."""
    slugs: set[str] = set()
    for rule in rules:
        slugs.update((rule.get("scope") or {}).get("sellers") or ())
        if rule.get("seller") is not None:
            slugs.add(rule["seller"])
    return slugs
