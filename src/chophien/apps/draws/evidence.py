"""Who meets what a rule asks: for the frozen list of all, and for one viewer's own page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from chophien.apps.chat.models import ChatMessage
from chophien.apps.draws.models import Draw, Entrant, Watch
from chophien.apps.orders.models import OrderLine
from chophien.apps.sellers.models import Membership
from chophien.domain.lucky import Bought, Condition, Rule, says

# How a message's writer begins who has an account.
ACCOUNT = "u:"
# Messages are written in batches: a list that goes by them is frozen this much later.
CHAT_REST = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose deeds are looked at, up to which instant; `user_id` keeps to one person."""

    draw: Draw
    at: datetime
    user_id: int | None = None

    @property
    def rule(self) -> Rule:
        return self.draw.asks

    @property
    def stall_id(self) -> int:
        """The stall that the rule means."""
        assert self.rule.stall_id is not None, "a rule of a stall names it"
        return self.rule.stall_id

    @property
    def only(self) -> dict[str, int]:
        """The filter that keeps to one person, if one is meant."""
        return {} if self.user_id is None else {"user_id": self.user_id}


def _tapped(scope: Scope) -> set[int]:
    found = Entrant.objects.filter(draw=scope.draw, **scope.only)
    return set(found.values_list("user_id", flat=True))


def _watched(scope: Scope) -> set[int]:
    found = Watch.objects.filter(
        show_id=scope.draw.room.show_id,
        watched_ms__gte=scope.rule.watched_s * 1_000,
        **scope.only,
    )
    return set(found.values_list("user_id", flat=True))


def _seen(scope: Scope) -> set[int]:
    since = scope.at - timedelta(seconds=scope.rule.seen_s)
    found = Watch.objects.filter(show_id=scope.draw.room.show_id, last_at__gte=since, **scope.only)
    return set(found.values_list("user_id", flat=True))


def _bought(scope: Scope) -> set[int]:
    """People whose order since the show began is paid; gifts are no purchase."""
    show = scope.draw.room.show
    lines = OrderLine.objects.filter(
        stall_order__state="paid",
        stall_order__paid_at__gte=show.starts_at,
        stall_order__paid_at__lte=scope.at,
        stall_order__order__user_id__isnull=False,
    ).exclude(price_kind=OrderLine.GIFT)
    if scope.rule.bought is Bought.SHOW:
        lines = lines.filter(show_id=show.pk)
    else:
        lines = lines.filter(stall_order__stall_id=scope.stall_id)
    if scope.user_id is not None:
        lines = lines.filter(stall_order__order__user_id=scope.user_id)
    found = lines.order_by().values_list("stall_order__order__user_id", flat=True)
    return set(found)


def _joined_stall(scope: Scope) -> set[int]:
    found = Membership.objects.filter(stall_id=scope.stall_id, **scope.only)
    return set(found.values_list("user_id", flat=True))


def _wrote_keyword(scope: Scope) -> set[int]:
    """People who said the keyword since the draw was announced."""
    said = _list_said(scope, since=scope.draw.opens_at).values_list("writer", "text")
    keyword = scope.rule.keyword
    return {_read_account(writer) for writer, text in said.iterator() if says(text, keyword)}


def _chatted(scope: Scope) -> set[int]:
    since = scope.at - timedelta(seconds=scope.rule.chatted_s)
    writers = _list_said(scope, since=since).values_list("writer", flat=True).distinct()
    return {_read_account(writer) for writer in writers}


def _list_said(scope: Scope, *, since: datetime) -> QuerySet[ChatMessage]:
    """What people with an account said in the room and nobody took down."""
    said = ChatMessage.objects.filter(
        room_id=scope.draw.room_id,
        said_at__gte=since,
        said_at__lte=scope.at,
        state=ChatMessage.State.SHOWN,
        writer__startswith=ACCOUNT,
    ).order_by()
    return said if scope.user_id is None else said.filter(writer=f"{ACCOUNT}{scope.user_id}")


def _read_account(writer: str) -> int:
    return int(writer.removeprefix(ACCOUNT))


_FINDERS: dict[Condition, Callable[[Scope], set[int]]] = {
    Condition.TAP: _tapped,
    Condition.WATCHED: _watched,
    Condition.SEEN: _seen,
    Condition.BOUGHT: _bought,
    Condition.MEMBER: _joined_stall,
    Condition.KEYWORD: _wrote_keyword,
    Condition.CHATTED: _chatted,
}


def find_meeting(condition: Condition, scope: Scope) -> set[int]:
    """The accounts that meet one condition."""
    return _FINDERS[condition](scope)


def find_rest(rule: Rule) -> timedelta:
    """How long after closing all that a rule asks about can be read."""
    goes_by_chat = {Condition.KEYWORD, Condition.CHATTED} & set(rule.asks)
    return CHAT_REST if goes_by_chat else timedelta()


def find_met(draw: Draw, user_id: int, *, at: datetime) -> set[Condition]:
    """What one person meets of what is asked: a query for each condition."""
    scope = Scope(draw=draw, at=at, user_id=user_id)
    return {each for each in draw.asks.asks if user_id in find_meeting(each, scope)}


def find_all_met(draw: Draw, *, at: datetime) -> dict[Condition, set[int]]:
    """For each condition that is asked, who meets it: a query each."""
    scope = Scope(draw=draw, at=at)
    return {each: find_meeting(each, scope) for each in draw.asks.asks}
