"""The rules of shows: published in versions, accepted by hosts."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from chophien.apps.vetting.models import RulesAcceptance, RulesText
from chophien.apps.vetting.selectors import find_rules
from chophien.apps.vetting.services import VettingError
from chophien.domain.limits import RULES_CHARS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesDraft:
    """The rules in three languages; what is not translated is shown in Vietnamese."""

    text_vi: str
    text_en: str = ""
    text_zh: str = ""


def publish_rules(draft: RulesDraft, *, by_id: int | None, at: datetime) -> RulesText:
    """Publish the next version; hosts accept it before their next show.

    Raises:
        VettingError: `text`, empty or longer than `RULES_CHARS_MAX`; `twice`, somebody else
            published a version in this moment.
    """
    texts = [text.strip() for text in (draft.text_vi, draft.text_en, draft.text_zh)]
    if not texts[0] or max(map(len, texts)) > RULES_CHARS_MAX:
        raise VettingError("text")
    latest = RulesText.objects.aggregate(latest=Max("version"))["latest"] or 0
    try:
        with transaction.atomic():
            return RulesText.objects.create(
                version=latest + 1,
                text_vi=texts[0],
                text_en=texts[1],
                text_zh=texts[2],
                published_at=at,
                published_by_id=by_id,
            )
    except IntegrityError as fault:
        raise VettingError("twice") from fault


def accept_rules(*, host_id: int, rules_id: int, by_id: int, at: datetime) -> bool:
    """Note that a host accepts the rules that hold; `False` when these do not hold any more."""
    rules = find_rules(at)
    if rules is None or rules.id != rules_id:
        return False
    RulesAcceptance.objects.get_or_create(
        rules_id=rules_id, host_id=host_id, defaults={"accepted_by_id": by_id, "accepted_at": at}
    )
    return True
