"""The contract of a talk desk, which every desk keeps."""

from datetime import UTC, datetime

import pytest
from tests.hub import KEY, RULES, EchoDesk

from chophien.hotlane.hub.desk import Caller, ClosedDesk, Refused, Said, TalkDesk
from chophien.hotlane.hub.process import HubProcess, Plan

AT = datetime(2026, 11, 11, 3, 0, tzinfo=UTC)
GUEST = Caller(user_id=None, guest_id="a1", name="")
MAKERS = [lambda _talk: ClosedDesk(), EchoDesk]


def make(make_desk) -> TalkDesk:
    return make_desk(HubProcess(Plan(rules=RULES, token_key=KEY, make_desk=make_desk)).talk)


@pytest.mark.parametrize("make_desk", MAKERS)
@pytest.mark.parametrize(
    "data", [None, 7, "text", [], {}, {"text": 7}, {"like": -1}, {"text": "hi"}]
)
async def test_contract_desk_takes_or_refuses_whatever_is_said(make_desk, data):
    answer = await make(make_desk).take(Said(room_id=7, caller=GUEST, data=data, at=AT))

    assert answer is None or (isinstance(answer, Refused) and 1_000 <= answer.code <= 1_999)


async def test_installation_without_chat_refuses_everything():
    refused = await ClosedDesk().take(Said(room_id=7, caller=GUEST, data={"text": "hi"}, at=AT))

    assert refused == Refused(code=1_000, message="closed")
