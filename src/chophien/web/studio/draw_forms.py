"""What a host chooses and types for draws, gifts, countdowns and milestones."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from typing_extensions import override

from chophien.apps.draws.countdowns import Goal
from chophien.apps.draws.prizes import Prize
from chophien.domain.limits import (
    CARD_TEXT_CHARS_MAX,
    KEYWORD_CHARS_MAX,
    MILESTONES_MAX,
    WINNERS_MAX,
)
from chophien.domain.lucky import Bought, Measure, Rule
from chophien.web.shared.draw_words import describe_milestone
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chophien.apps.draws.models import GiftOffer, Milestone
    from chophien.apps.programme.models import Segment
    from chophien.apps.sellers.models import Stall

DRAW_MINUTES = (1, 3, 5, 10, 15, 30, 60)
DRAW_MINUTES_USUAL = 5
COUNTDOWN_MINUTES = (1, 2, 3, 5, 10, 15, 30, 60)
WATCHED_MINUTES = (5, 10, 20)
# A page that is looked at pings every 20 s: two pings may be lost.
SEEN_S = 45
CHATTED_S = 300
GIFTS_USUAL = 5
DROP_MINUTES = 3
# Đồng of a whole show.
DIGITS_MAX = 15
KEYWORD_USUAL = "MAYMAN"


def say_minutes(minutes: int) -> str:
    return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}


class PrizeFields(forms.Form):
    """What is given: a coupon to be dropped, goods that a stall gives, or what the words say."""

    prize = forms.ChoiceField(label=lazy("What can be won"), widget=forms.RadioSelect)
    words = forms.CharField(
        label=lazy("In words (a song, a visit, goods of your own)"), required=False,
        max_length=CARD_TEXT_CHARS_MAX,
    )  # fmt: skip

    def __init__(
        self, *args: Any, coupons: "Mapping[int, str]", offers: "Sequence[GiftOffer]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._names = {f"coupon-{key}": text for key, text in coupons.items()}
        self._names |= {f"goods-{each.pk}": _name_goods(each) for each in offers}
        left = {f"goods-{each.pk}": each.left for each in offers}
        choices = [
            (key, f"{text} · {_('%(left)s left') % {'left': left[key]}}" if key in left else text)
            for key, text in self._names.items()
        ]
        choices.append(("words", _("Something else, in words")))
        field = self.fields["prize"]
        assert isinstance(field, forms.ChoiceField), "a prize is chosen"
        field.choices = choices
        field.initial = choices[0][0]

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("prize") == "words" and not data.get("words", "").strip():
            self.add_error("words", _("Say what can be won."))
        return data

    def get_prize(self) -> Prize:
        """What was chosen; its words are what viewers read."""
        chosen = self.cleaned_data["prize"]
        kind, _dash, key = chosen.partition("-")
        if kind == "words":
            return Prize(text=self.cleaned_data["words"].strip())
        text = self._names[chosen][:CARD_TEXT_CHARS_MAX]
        if kind == "coupon":
            return Prize(text=text, coupon_id=int(key))
        return Prize(text=text, offer_id=int(key))


def _name_goods(offer: "GiftOffer") -> str:
    return f"{local(offer.sku.product, 'name')}, {local(offer.sku, 'unit')}"


class DrawForm(PrizeFields):
    """A draw in three taps: what, who, start. The usual is chosen already."""

    asks = forms.MultipleChoiceField(
        label=lazy("Who takes part (all that is ticked)"), widget=forms.CheckboxSelectMultiple,
        initial=["tap"],
    )  # fmt: skip
    keyword = forms.CharField(
        label=lazy("The keyword, if you ask for one"), required=False,
        max_length=KEYWORD_CHARS_MAX, initial=KEYWORD_USUAL,
    )  # fmt: skip
    minutes = forms.TypedChoiceField(
        label=lazy("For how long"), coerce=int, initial=DRAW_MINUTES_USUAL
    )
    winners = forms.IntegerField(
        label=lazy("Winners"), min_value=1, max_value=WINNERS_MAX, initial=1
    )

    def __init__(self, *args: Any, stalls: "Sequence[Stall]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asks, minutes = self.fields["asks"], self.fields["minutes"]
        assert isinstance(asks, forms.MultipleChoiceField), "asks are ticked"
        assert isinstance(minutes, forms.ChoiceField), "minutes are chosen"
        asks.choices = [
            ("tap", _("Tap “Take part”")),
            ("keyword", _("Write a keyword in the chat")),
            *[(f"watched-{each}", _list_watched(each)) for each in WATCHED_MINUTES],
            ("bought", _("Have bought something in this show")),
            *[(f"member-{each.pk}", _list_member(each)) for each in stalls],
        ]
        minutes.choices = [(each, say_minutes(each)) for each in DRAW_MINUTES]

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        asks = data.get("asks", [])
        if "keyword" in asks and not data.get("keyword", "").strip():
            self.add_error("keyword", _("Say which word."))
        if sum(each.startswith("member-") for each in asks) > 1:
            self.add_error("asks", _("Members of one stall, not of several."))
        return data

    def get_rule(self) -> Rule:
        """Who takes part: whoever does all that was ticked."""
        asks = self.cleaned_data["asks"]
        numbers = {each.partition("-")[0]: each.partition("-")[2] for each in asks}
        watched = [int(each.partition("-")[2]) for each in asks if each.startswith("watched-")]
        return Rule(
            is_tap="tap" in asks,
            keyword=self.cleaned_data["keyword"].strip() if "keyword" in asks else "",
            watched_s=60 * max(watched, default=0),
            bought=Bought.SHOW if "bought" in asks else Bought.NOTHING,
            is_member="member" in numbers,
            stall_id=int(numbers["member"]) if "member" in numbers else None,
        )


def _list_watched(minutes: int) -> str:
    return _("Watch for %(minutes)s in all") % {"minutes": say_minutes(minutes)}


def _list_member(stall: "Stall") -> str:
    return _("Be a member of %(stall)s") % {"stall": local(stall, "name")}


class GiftForm(PrizeFields):
    """Small gifts thrown to people by chance: what, how many, among whom."""

    among = forms.ChoiceField(
        label=lazy("Among whom"), widget=forms.RadioSelect, initial="seen",
        choices=[
            ("seen", lazy("Everybody who is watching now")),
            ("chatted", lazy("Those who wrote in the chat in the last five minutes")),
        ],
    )  # fmt: skip
    winners = forms.IntegerField(
        label=lazy("How many gifts"), min_value=1, max_value=WINNERS_MAX, initial=GIFTS_USUAL
    )

    def get_rule(self) -> Rule:
        if self.cleaned_data["among"] == "seen":
            return Rule(seen_s=SEEN_S)
        return Rule(chatted_s=CHATTED_S)


class CountdownForm(forms.Form):
    """What is counted down to, and how long."""

    goal = forms.ChoiceField(label=lazy("Count down to"))
    text = forms.CharField(
        label=lazy("Your words (may be empty)"), required=False, max_length=CARD_TEXT_CHARS_MAX
    )
    minutes = forms.TypedChoiceField(label=lazy("How long"), coerce=int, initial=3)

    def __init__(
        self, *args: Any, run: "Sequence[Segment]", coupons: "Mapping[int, str]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        goal, minutes = self.fields["goal"], self.fields["minutes"]
        assert isinstance(goal, forms.ChoiceField), "a goal is chosen"
        assert isinstance(minutes, forms.ChoiceField), "minutes are chosen"
        goal.choices = [
            ("words", _("What my words say")),
            *[
                (f"sku-{each.sku_id}", _("Put on air: %(goods)s") % {"goods": _name(each)})
                for each in run
            ],
            *[
                (f"coupon-{key}", _("Drop the coupon: %(coupon)s") % {"coupon": text})
                for key, text in coupons.items()
            ],
        ]
        minutes.choices = [(each, say_minutes(each)) for each in COUNTDOWN_MINUTES]

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("goal") == "words" and not data.get("text", "").strip():
            self.add_error("text", _("Say what you count down to."))
        return data

    def get_goal(self) -> Goal:
        kind, _dash, key = self.cleaned_data["goal"].partition("-")
        return Goal(
            text=self.cleaned_data["text"].strip(),
            sku_id=int(key) if kind == "sku" else None,
            coupon_id=int(key) if kind == "coupon" else None,
            drop_lasts=timedelta(minutes=DROP_MINUTES),
        )


def _name(segment: "Segment") -> str:
    return local(segment.sku.product, "name")


class MilestoneForm(forms.Form):
    """The thresholds of one measure, with spaces between."""

    measure = forms.ChoiceField(
        choices=[(each.value, each.value) for each in Measure], widget=forms.HiddenInput
    )
    thresholds = forms.CharField(
        label=lazy("Thresholds, with spaces between"), required=False, max_length=300,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def clean_thresholds(self) -> list[int]:
        """Whole numbers; dots as thousands marks are fine."""
        words = self.cleaned_data["thresholds"].replace(".", "").replace(",", "").split()
        is_fine = all(
            each.isascii() and each.isdigit() and len(each) <= DIGITS_MAX for each in words
        )
        numbers = sorted({int(each) for each in words}) if is_fine else []
        if not is_fine or len(numbers) > MILESTONES_MAX or 0 in numbers:
            raise forms.ValidationError(
                _("Up to %(most)s whole numbers from 1 on.") % {"most": MILESTONES_MAX}
            )
        return numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneRow:
    """One measure of a show: its form, what was passed, and what is counted now."""

    measure: Measure
    name: str
    form: MilestoneForm
    reached: "list[Milestone]"
    counted: int


def build_milestone_rows(
    milestones: "Sequence[Milestone]", counts: "Mapping[Measure, int]"
) -> list[MilestoneRow]:
    """A row for each measure."""
    rows = []
    for measure in Measure:
        own = [each for each in milestones if each.measure == measure.value]
        coming = " ".join(str(each.threshold) for each in own if each.reached_at is None)
        initial = {"measure": measure.value, "thresholds": coming}
        rows.append(
            MilestoneRow(
                measure=measure,
                name=describe_milestone(measure),
                form=MilestoneForm(initial=initial, auto_id=f"{measure.value}_%s"),
                reached=[each for each in own if each.reached_at is not None],
                counted=counts[measure],
            )
        )
    return rows
