"""The host's button that lets coupons fall into the room."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from chophien.apps.live.drops import (
    DropOutcome,
    Dropped,
    NotForThisRoom,
    NotOnAir,
    UnderWay,
    drop_coupon,
)
from chophien.apps.live.drops import end_drop as stop_drop
from chophien.apps.live.selectors import find_drop, list_droppable, list_drops
from chophien.web.shared.clock import now
from chophien.web.shared.fields import CountField
from chophien.web.shared.people import get_user, hosts_only
from chophien.web.shared.why.naming import load_names
from chophien.web.shared.why.words import describe_rule
from chophien.web.studio.shows import find_own_show
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from chophien.apps.live.models import Room
    from chophien.apps.promotions.models import Coupon

MINUTES = (1, 2, 3, 5, 10, 15, 30)
MINUTES_USUAL = 3
DROPS_SHOWN = 20


class DropForm(forms.Form):
    """Which coupon, for how long, and how many of it at most."""

    coupon = forms.ChoiceField(label=lazy("Coupon"))
    minutes = forms.TypedChoiceField(label=lazy("For how long"), coerce=int, initial=MINUTES_USUAL)
    count = CountField(
        label=lazy("At most so many (may be empty)"), required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, coupons: "list[Coupon]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts = describe_coupons(coupons)
        coupon, minutes = self.fields["coupon"], self.fields["minutes"]
        assert isinstance(coupon, forms.ChoiceField), "a coupon is chosen"
        assert isinstance(minutes, forms.ChoiceField), "minutes are chosen"
        coupon.choices = [(str(each.id), f"{texts[each.id]} · {_left(each)}") for each in coupons]
        minutes.choices = [
            (value, _("%(minutes)s minutes") % {"minutes": value}) for value in MINUTES
        ]

    @property
    def has_choice(self) -> bool:
        field = self.fields["coupon"]
        return isinstance(field, forms.ChoiceField) and bool(field.choices)


def _left(coupon: "Coupon") -> str:
    return _("%(left)s left") % {"left": coupon.count_max - coupon.claimed}


def describe_coupons(coupons: "list[Coupon]") -> dict[int, str]:
    """Each coupon in words, with the stall that gives it."""
    names = load_names([each.rule for each in coupons], currency="VND")
    texts = {each.id: describe_rule(each.rule, names) for each in coupons}
    return texts | {
        each.id: f"{local(each.stall, 'name')}: {texts[each.id]}"
        for each in coupons
        if each.stall is not None
    }


def build_drops(room: "Room", *, at: datetime) -> dict[str, object]:
    """What the page of a show needs to drop coupons and to see what fell."""
    drops = list(list_drops(room.pk)[:DROPS_SHOWN])
    return {
        "drop_form": DropForm(coupons=list(list_droppable(room, at))),
        "drops": drops,
        "drop_texts": describe_coupons([drop.coupon for drop in drops]),
        "is_on_air": room.show.starts_at <= at < room.show.ends_at,
    }


@hosts_only
@require_POST
def drop(request: HttpRequest, show_id: int) -> HttpResponse:
    """Let a coupon fall in the room of the host's own show."""
    room = find_own_show(request, show_id).room
    at = now()
    form = DropForm(request.POST, coupons=list(list_droppable(room, at)))
    if not form.is_valid():
        messages.error(request, _("This coupon cannot be dropped here now. Nothing fell."))
        return redirect("show_desk", show_id)
    outcome = drop_coupon(
        room_id=room.id,
        coupon_id=int(form.cleaned_data["coupon"]),
        lasts=timedelta(minutes=form.cleaned_data["minutes"]),
        count_max=form.cleaned_data["count"],
        by_id=get_user(request).pk,
        at=at,
    )
    _tell(request, outcome)
    return redirect("show_desk", show_id)


def _tell(request: HttpRequest, outcome: DropOutcome) -> None:
    match outcome:
        case Dropped(drop=fallen):
            end = f"{localtime(fallen.ends_at):%H:%M:%S}"
            messages.success(request, _("It falls until %(end)s.") % {"end": end})
        case NotOnAir():
            messages.error(request, _("The show is not on the air. Nothing fell."))
        case NotForThisRoom():
            messages.error(request, _("This coupon cannot be dropped here now. Nothing fell."))
        case UnderWay(ends_at=ends_at):
            end = f"{localtime(ends_at):%H:%M:%S}"
            messages.info(
                request, _("This coupon is falling already, until %(end)s.") % {"end": end}
            )


@hosts_only
@require_POST
def end_drop(request: HttpRequest, show_id: int, drop_id: int) -> HttpResponse:
    """Stop a drop; what was taken stays taken."""
    show = find_own_show(request, show_id)
    fallen = find_drop(drop_id)
    if fallen is None or fallen.room.show_id != show.pk:
        raise Http404
    if stop_drop(drop_id=drop_id, at=now()):
        messages.success(request, _("The drop is stopped. What was taken stays taken."))
    return redirect("show_desk", show_id)
