"""What a person was told: the texts, made in the reader's language when they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.apps.accounts.notices import list_notices, mark_read
from chophien.domain.money import render_money
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user

if TYPE_CHECKING:
    from chophien.apps.accounts.models import Notice

PAGE_NOTICES = 20
_MONEY = {"deposit", "balance", "amount"}
_NAMES = {"goods", "stall"}
_WITH_TOKEN = {"order", "followed_complaint", "my_win"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A kind of notice; `do` is what its button says."""

    title: Promise
    text: Promise
    do: Promise
    page: str = "order"
    """Where its button leads: the order, or all orders, where balances are paid."""
    mark: str = "clock"


WORDINGS = {
    "deposit_paid": Wording(
        title=_("Your deposit has arrived"),
        text=_(
            "%(quantity)s × %(goods)s is reserved for you. Pay the balance of %(balance)s between "
            "%(opens_at)s and %(closes_at)s."
        ),
        do=_("See the order"),
        mark="check",
    ),
    "balance_opens": Wording(
        title=_("You can pay the balance soon"),
        text=_(
            "From %(opens_at)s you can pay the balance of %(balance)s for %(quantity)s × %(goods)s. "
            "You have time until %(closes_at)s."
        ),
        do=_("See what is reserved"),
        page="my_orders",
    ),
    "balance_opened": Wording(
        title=_("You can pay the balance now"),
        text=_(
            "%(quantity)s × %(goods)s waits for you. Pay the balance of %(balance)s by "
            "%(closes_at)s, together with other goods if you like."
        ),
        do=_("Pay the balance"),
        page="my_orders",
    ),
    "balance_closes": Wording(
        title=_("The time to pay the balance is nearly over"),
        text=_(
            "Pay the balance of %(balance)s for %(quantity)s × %(goods)s by %(closes_at)s. "
            "After that the stall keeps your deposit of %(deposit)s."
        ),
        do=_("Pay the balance"),
        page="my_orders",
        mark="flag",
    ),
    "forfeited": Wording(
        title=_("The balance was not paid in time"),
        text=_(
            "%(quantity)s × %(goods)s is free for others again. The stall keeps the deposit of "
            "%(deposit)s, as was agreed."
        ),
        do=_("See the order"),
        mark="info",
    ),
    "defaulted": Wording(
        title=_("The stall cannot deliver what you reserved"),
        text=_(
            "For %(quantity)s × %(goods)s it owes you the deposit of %(deposit)s and as much "
            "again. You will be told when it has sent the money."
        ),
        do=_("See the order"),
        mark="flag",
    ),
    "refund_owed": Wording(
        title=_("The stall takes it back"),
        text=_("%(stall)s owes you %(amount)s of order %(number)s and sends it now."),
        do=_("See the order"),
        mark="check",
    ),
    "refund_declined": Wording(
        title=_("The stall does not take it back"),
        text=_("%(stall)s, order %(number)s: %(text)s"),
        do=_("See the order"),
        mark="info",
    ),
    "won": Wording(
        title=_("You have won"),
        text=_(
            "%(prize)s is yours. Say by %(deadline_at)s where it shall go; it costs you nothing."
        ),
        do=_("Give my address"),
        page="my_win",
        mark="gift",
    ),
    "won_coupon": Wording(
        title=_("You have won"),
        text=_("%(prize)s is in your wallet. The cart uses it by itself."),
        do=_("See what I won"),
        page="my_win",
        mark="gift",
    ),
    "win_reminder": Wording(
        title=_("A day is left for your prize"),
        text=_("Say by %(deadline_at)s where %(prize)s shall go; then it passes to the next."),
        do=_("Give my address"),
        page="my_win",
    ),
    "win_over": Wording(
        title=_("The time for your prize is over"),
        text=_(
            "Nobody said where %(prize)s shall go, so it passed to the next in the drawn order."
        ),
        do=_("See what I won"),
        page="my_win",
        mark="info",
    ),
    "refund_sent": Wording(
        title=_("Your money is on its way back"),
        text=_(
            "%(stall)s has sent %(amount)s of order %(number)s to the account that you paid from."
        ),
        do=_("See the order"),
        mark="check",
    ),
    "complaint_answered": Wording(
        title=_("Your complaint is answered"),
        text=_("The organiser has answered your complaint about “%(goods)s”."),
        do=_("Read the answer"),
        page="followed_complaint",
        mark="flag",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One notice as the page shows it."""

    title: Promise
    text: str
    do: Promise
    link: str
    mark: str
    made_at: datetime
    is_new: bool


@never_cache
@login_required
@require_GET
def my_notices(request: HttpRequest) -> HttpResponse:
    """All that this person was told, newest first; what is shown counts as read from now on."""
    user_id = get_user(request).pk
    page = Paginator(list_notices(user_id), PAGE_NOTICES).get_page(request.GET.get("page"))
    notices = [_read(notice) for notice in page.object_list]
    mark_read(user_id, at=now())
    return render(request, "fair/notices.html", {"notices": notices, "page": page})


def _read(notice: "Notice") -> Read:
    wording = WORDINGS[notice.kind]
    token = notice.params.get("order") or notice.params.get("token", "")
    arguments = [token] if wording.page in _WITH_TOKEN else []
    link = reverse(wording.page, args=arguments)
    return Read(
        title=wording.title,
        text=str(wording.text) % _write(notice.params),
        do=wording.do,
        link=link,
        mark=wording.mark,
        made_at=notice.made_at,
        is_new=notice.read_at is None,
    )


def _write(params: Mapping[str, Any]) -> dict[str, str]:
    """Money, instants and names as the reader writes them."""
    language = (get_language() or "vi")[:2]
    return {name: _write_one(name, value, language) for name, value in params.items()}


def _write_one(name: str, value: Any, language: str) -> str:
    if name in _MONEY:
        return render_money(int(value), "VND", language)
    if name in _NAMES:
        return str(value.get(language) or value["vi"])
    if name.endswith("_at"):
        return date_format(localtime(datetime.fromisoformat(value)), "H:i d/m")
    return str(value)
