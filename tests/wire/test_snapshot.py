import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from chophien.wire.snapshot import (
    GoodsFacts,
    LocalText,
    OfferedPrice,
    ShowSnapshot,
    decode_show_snapshot,
    encode_show_snapshot,
)

SAMPLE = (Path(__file__).parent / "samples" / "show-snapshot.json").read_text()


def change(path, value):
    """The sample with one place changed; `None` for the value takes the place away."""
    snapshot = deepcopy(json.loads(SAMPLE))
    *way, last = path
    place = snapshot
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(snapshot)


def test_what_the_database_answers_is_read_to_the_last_field():
    snapshot = decode_show_snapshot(SAMPLE)

    honey, tea = snapshot.shelf
    assert snapshot == ShowSnapshot(
        show_id=1,
        room_id=1,
        title=LocalText(vi="Phiên thử", en="Trial show", zh="试播"),
        host_name="Mai",
        currency="VND",
        at=datetime(2026, 11, 22, 23, 53, 42, 65_219, tzinfo=UTC),
        ends_at=datetime(2027, 9, 7, 1, 0, tzinfo=UTC),
        is_demo=False,
        pinned_sku_id=1,
        shelf=(honey, tea),
    )
    assert honey == GoodsFacts(
        sku_id=1,
        product_slug="gian-mot-95669878",
        name=LocalText(vi="Mật ong Gia Lai", en="Gia Lai honey", zh="嘉莱蜂蜜"),
        story=LocalText(vi="Mật ong hoa cà phê, quay vào tháng ba."),
        stall_slug="gian-mot",
        stall_name="Gian Mot",
        province="Gia Lai",
        unit_label=LocalText(vi="hũ 500 g"),
        picture="honey-jar",
        list_price_minor=150_000,
        reference_price_minor=150_000,
        floor_price_minor=0,
        discount_cap_bps=10_000,
        prices=(
            OfferedPrice(
                id="1",
                kind="flash",
                unit_minor=90_000,
                starts_at=datetime(2026, 11, 11, tzinfo=UTC),
                ends_at=datetime(2027, 9, 7, 1, 0, tzinfo=UTC),
                left=5,
            ),
        ),
        free=10,
        on_sale=True,
        shipping_fee_minor=25_000,
        free_from_minor=300_000,
        ocop_stars=4,
        digest="fe66b2663794a8a3804cb45bb9e96f74",
    )
    assert (tea.free, tea.prices, tea.free_from_minor, tea.ocop_stars) == (0, (), None, None)


def test_what_is_written_is_read_back():
    snapshot = decode_show_snapshot(SAMPLE)

    assert decode_show_snapshot(encode_show_snapshot(snapshot)) == snapshot


@pytest.mark.parametrize(
    "path",
    [
        ("a_later_field",),
        ("shelf", 0, "a_later_field"),
        ("shelf", 0, "name", "fr"),
        ("shelf", 0, "prices", 0, "a_later_field"),
    ],
    ids=str,
)
def test_field_that_a_newer_desk_adds_is_ignored(path):
    assert decode_show_snapshot(change(path, "of tomorrow")) == decode_show_snapshot(SAMPLE)


REQUIRED = [
    *((name,) for name in ShowSnapshot.__struct_fields__),
    *(("shelf", 0, name) for name in GoodsFacts.__struct_fields__ if name != "kinds"),
    ("title", "vi"),
    ("shelf", 0, "prices", 0, "id"),
    ("shelf", 0, "prices", 0, "kind"),
    ("shelf", 0, "prices", 0, "unit_minor"),
]


@pytest.mark.parametrize("path", REQUIRED, ids=str)
def test_missing_field_is_refused_by_name(path):
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{path[-1]}`"):
        decode_show_snapshot(change(path, None))


@pytest.mark.parametrize(
    "path", [("title", "en"), ("shelf", 0, "prices", 0, "left"), ("shelf", 0, "kinds")], ids=str
)
def test_field_that_may_be_empty_may_be_missing(path):
    assert decode_show_snapshot(change(path, None)).show_id == 1


@pytest.mark.parametrize(
    ("label", "path", "value", "reason"),
    [
        ("a price with decimals", ("shelf", 0, "list_price_minor"), 150_000.5, "Expected `int`"),
        ("a price as text", ("shelf", 0, "list_price_minor"), "150000", "Expected `int`"),
        ("an instant without offset", ("at",), "2026-11-11T01:00:00", "timezone component"),
        ("no instant at all", ("ends_at",), "tomorrow", "Invalid RFC3339"),
        ("a truth as number", ("shelf", 0, "on_sale"), 1, "Expected `bool`"),
        ("a shelf that is one thing", ("shelf",), {}, "Expected `array`"),
    ],
)
def test_value_of_the_wrong_type_is_refused(label, path, value, reason):
    with pytest.raises(msgspec.ValidationError, match=reason):
        decode_show_snapshot(change(path, value))
