"""The demonstration fair's data: complete, plausible, lawful to promote, and drawn.

The files are hand-made and static, so what is checked here is what a reader of the fair would
notice: a goods without a picture, a story that promises health, a flash price above the cap.
"""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from chophien.domain.phases import (
    PhaseKind,
    PhasePlan,
    check_calendar,
    current_phases,
    plan_phase,
)

SOURCE = Path(__file__).parents[2] / "src" / "chophien"
DATA = SOURCE / "config" / "demo" / "data"
PICTURES = SOURCE / "web" / "static" / "pictures"
LANGUAGES = ("vi", "en", "zh")

SIX_NAMED_KINDS = {
    "yen-dao-can-gio": "ho-chi-minh",
    "dua-sap-tra-vinh": "tra-vinh",
    "mat-ong-gia-lai": "gia-lai",
    "ba-khia-ca-mau": "ca-mau",
    "ca-phe-arabica-cau-dat": "lam-dong",
    "gao-st25-soc-trang": "soc-trang",
}

# Superlatives, comparison, health claims and goods that may not be promoted.
FORBIDDEN = {
    "vi": re.compile(
        r"\b(nhất|hơn|số một|hàng đầu|tuyệt đối|tuyệt vời|hoàn hảo|sức khỏe|khỏe mạnh|chữa|trị|"
        r"bổ dưỡng|bồi bổ|giải độc|thanh nhiệt|miễn dịch|thuốc|rượu|bia|cam kết)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(best|finest|greatest|number one|perfect|than|healthy|health|heal|cures|nutritious|"
        r"immune|detox|medicine|wine|beer|liquor|tobacco|guaranteed)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"最|第一|顶级|极品|完美|健康|养生|保健|治疗|滋补|营养|排毒|药|酒|烟草|保证"),
}
# Goods that may not be promoted are sold all the same, and called what they are.
NAMED_IF_BANNED = {"rượu", "wine", "酒"}
DIGIT_OR_MONEY = re.compile(r"[0-9%％₫]|\bđồng\b|\bVND\b|越南盾")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

SVG_ELEMENTS = {
    *("svg", "defs", "g", "path", "circle", "ellipse", "rect"),
    *("linearGradient", "radialGradient", "stop"),
}


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


PROVINCES = load(SOURCE / "apps" / "festivals" / "data" / "provinces.json")
STALLS = load(DATA / "stalls.json")["stalls"]
PRODUCTS = load(DATA / "products.json")["products"]
SHOWS = load(DATA / "shows.json")["shows"]
FESTIVALS = load(DATA / "festivals.json")["festivals"]
HOSTS = load(DATA / "hosts.json")["hosts"]
SKUS = [(product, sku) for product in PRODUCTS for sku in product["skus"]]


def find_forbidden(text: str, language: str) -> list[str]:
    return [m.group() for m in FORBIDDEN[language].finditer(text)]


def share_of_products(count: int) -> float:
    return count / len(PRODUCTS)


# ---------------------------------------------------------------- provinces


def test_provinces_are_the_63_of_before_and_the_34_of_today() -> None:
    units = {unit["slug"] for unit in PROVINCES["units"]}

    assert len(PROVINCES["provinces"]) == len({p["slug"] for p in PROVINCES["provinces"]}) == 63
    assert len(PROVINCES["units"]) == len(units) == 34
    assert len({p["shape"] for p in PROVINCES["provinces"]}) == 63
    assert {p["unit"] for p in PROVINCES["provinces"]} == units


def test_a_unit_lies_in_the_region_of_most_of_its_former_provinces() -> None:
    for unit in PROVINCES["units"]:
        former = [p for p in PROVINCES["provinces"] if p["unit"] == unit["slug"]]
        counts = Counter(p["region"] for p in former)
        leaders = {region for region, n in counts.items() if n == max(counts.values())}
        if len(leaders) > 1:
            leaders = {p["region"] for p in former if p["slug"] == unit["slug"]}

        assert {unit["region"]} == leaders, unit["slug"]


def test_the_archipelagos_belong_to_da_nang_and_khanh_hoa() -> None:
    belongs = {a["name"]["vi"]: (a["unit"], a["province"]) for a in PROVINCES["archipelagos"]}

    assert belongs == {
        "Hoàng Sa": ("da-nang", "da-nang"),
        "Trường Sa": ("khanh-hoa", "khanh-hoa"),
    }


# ---------------------------------------------------------------- stalls and goods


def test_the_fair_is_as_large_as_promised() -> None:
    assert len(STALLS) >= 66
    assert len(PRODUCTS) >= 220
    assert len({p["province"] for p in PRODUCTS}) >= 45


@pytest.mark.parametrize(
    ("label", "keys"),
    [
        ("stall slugs", [s["slug"] for s in STALLS]),
        ("stall names", [s["name"]["vi"] for s in STALLS]),
        ("bank accounts", [s["bank"]["account"] for s in STALLS]),
        ("product slugs", [p["slug"] for p in PRODUCTS]),
        *((f"product names {k}", [p["name"][k] for p in PRODUCTS]) for k in LANGUAGES),
        ("stories", [p["story"]["vi"] for p in PRODUCTS]),
        ("sku codes", [sku["code"] for _, sku in SKUS]),
    ],
)
def test_keys_are_unique(label: str, keys: list[str]) -> None:
    assert [k for k, n in Counter(keys).items() if n > 1] == [], label


def test_slugs_are_ascii_words_joined_by_hyphens() -> None:
    things = [*STALLS, *PRODUCTS, *SHOWS, *FESTIVALS, *HOSTS, *PROVINCES["provinces"]]

    assert [
        t["slug"] for t in things if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", t["slug"])
    ] == []


def test_each_product_belongs_to_a_stall_of_its_province() -> None:
    province_of = {s["slug"]: s["province"] for s in STALLS}

    assert [p["slug"] for p in PRODUCTS if province_of.get(p["stall"]) != p["province"]] == []
    assert set(province_of.values()) <= {p["slug"] for p in PROVINCES["provinces"]}


def test_each_stall_sells_two_to_six_goods() -> None:
    sells = Counter(p["stall"] for p in PRODUCTS)

    assert {s["slug"]: sells[s["slug"]] for s in STALLS if not 2 <= sells[s["slug"]] <= 6} == {}


def test_the_six_named_kinds_are_sold_where_they_come_from() -> None:
    sold = {p["slug"]: p["province"] for p in PRODUCTS}

    assert {slug: sold.get(slug) for slug in SIX_NAMED_KINDS} == SIX_NAMED_KINDS


def test_stalls_ship_and_bank_within_plausible_bounds() -> None:
    kinds = {"company", "cooperative", "household", "market_stall", "farmer", "brand"}
    for stall in STALLS:
        assert stall["kind"] in kinds, stall["slug"]
        assert 15_000 <= stall["shipping_fee_minor"] <= 35_000, stall["slug"]
        assert 200_000 <= stall["free_from_minor"] <= 500_000, stall["slug"]
        # No bank has this code: no app can send real money to a stranger's account.
        assert stall["bank"]["bin"] == "999999", stall["slug"]
        assert re.fullmatch(r"[1-9]\d{9,12}", stall["bank"]["account"]), stall["slug"]
        assert stall["bank"]["demo"] is True, stall["slug"]


# ---------------------------------------------------------------- prices


def test_prices_are_plausible_and_end_in_three_zeros() -> None:
    for _, sku in SKUS:
        prices = [sku["list_price_minor"], sku["sale_price_minor"] or 0]
        prices += [sku["flash"]["price_minor"]] if sku["flash"] else []

        assert 20_000 <= sku["list_price_minor"] <= 4_000_000, sku["code"]
        assert [p for p in prices if p % 1000] == [], sku["code"]
        assert 5 <= sku["stock"] <= 400, sku["code"]


def test_sale_prices_take_off_ten_to_forty_five_percent() -> None:
    for _, sku in SKUS:
        if sku["sale_price_minor"]:
            taken_off = sku["list_price_minor"] - sku["sale_price_minor"]
            assert 10 * sku["list_price_minor"] <= 100 * taken_off, sku["code"]
            assert 100 * taken_off <= 45 * sku["list_price_minor"], sku["code"]


def test_flash_prices_keep_to_the_cap_unless_the_goods_are_fresh() -> None:
    for product, sku in SKUS:
        if sku["flash"]:
            flash = sku["flash"]
            assert flash["price_minor"] < (sku["sale_price_minor"] or sku["list_price_minor"])
            assert product["fresh"] or 2 * flash["price_minor"] >= sku["list_price_minor"]
            assert 1 <= flash["per_buyer"] <= flash["units"] < sku["stock"], sku["code"]


def test_a_larger_size_costs_more_than_a_smaller_one() -> None:
    def grams(label: str) -> int:
        amount, unit = re.search(r"(\d+) (kg|g|ml|jars|\w*)", label).groups()  # type: ignore[union-attr]
        return int(amount) * (1000 if unit == "kg" else 1)

    for product in PRODUCTS:
        if len(product["skus"]) > 1:
            sizes = [(grams(s["unit"]["vi"]), s["list_price_minor"]) for s in product["skus"]]
            assert sorted(sizes) == sorted(sizes, key=lambda size: size[1]), product["slug"]


def test_the_shares_of_sale_flash_stars_and_sizes_are_as_planned() -> None:
    stars = Counter(p["ocop_stars"] for p in PRODUCTS)

    assert (
        0.35
        <= share_of_products(sum(p["skus"][0]["sale_price_minor"] is not None for p in PRODUCTS))
        <= 0.45
    )
    assert (
        0.06 <= share_of_products(sum(p["skus"][0]["flash"] is not None for p in PRODUCTS)) <= 0.10
    )
    assert 0.10 <= share_of_products(sum(len(p["skus"]) == 2 for p in PRODUCTS)) <= 0.20
    assert 0.35 <= share_of_products(stars[3]) <= 0.45
    assert 0.10 <= share_of_products(stars[4]) <= 0.20
    assert 3 <= stars[5] <= 9
    assert set(stars) == {None, 3, 4, 5}


# ---------------------------------------------------------------- words


def local_texts() -> list[tuple[str, dict[str, str]]]:
    things = [*STALLS, *PRODUCTS, *SHOWS, *FESTIVALS, *HOSTS]
    keys = ("name", "story", "title", "pitch", "tagline", "organiser", "line")
    texts = [(t["slug"], t[k]) for t in things for k in keys if isinstance(t.get(k), dict)]
    return texts + [(sku["code"], sku["unit"]) for _, sku in SKUS]


def test_every_text_is_there_in_three_languages() -> None:
    for slug, text in local_texts():
        assert tuple(text) == LANGUAGES, slug
        assert all(text[k].strip() == text[k] != "" for k in LANGUAGES), slug
        assert CHINESE.search(text["zh"]), slug
        assert not CHINESE.search(text["vi"] + text["en"]), slug


def test_vietnamese_stories_are_two_to_four_sentences() -> None:
    for product in PRODUCTS:
        sentences = re.findall(r"[^.!?]+[.!?]", product["story"]["vi"])
        assert 2 <= len(sentences) <= 4, product["slug"]
        assert 60 <= len(product["story"]["vi"]) <= 320, product["slug"]


def test_no_text_boasts_compares_or_promises_health() -> None:
    banned = {product["slug"] for product in PRODUCTS if product.get("promotion_ban")}
    found = [
        (slug, word)
        for slug, text in local_texts()
        for language in LANGUAGES
        for word in find_forbidden(text[language], language)
        if not (slug in banned and word.lower() in NAMED_IF_BANNED)
    ]

    assert found == []


def test_goods_that_may_not_be_promoted_are_not() -> None:
    banned = [product for product in PRODUCTS if product.get("promotion_ban")]

    assert banned, "the fair shows what the law does to them"
    for product in banned:
        assert all(sku["sale_price_minor"] is sku["flash"] is None for sku in product["skus"])
        assert not any(product["slug"] in show["shelf"] for show in SHOWS)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Mật ong ngon nhất vùng."),
        ("vi", "Trà này tốt cho sức khỏe."),
        ("en", "Better than any other."),
        ("zh", "全国第一。"),
    ],
)
def test_the_check_of_words_sees_a_planted_claim(language: str, text: str) -> None:
    assert find_forbidden(text, language) != []


def test_stories_carry_no_digits_and_no_money() -> None:
    told = [(t["slug"], t["story"]) for t in [*STALLS, *PRODUCTS]]

    assert [slug for slug, story in told if DIGIT_OR_MONEY.search(" ".join(story.values()))] == []


# ---------------------------------------------------------------- shows, hosts, festivals


def test_each_show_has_a_shelf_of_known_goods() -> None:
    known = {p["slug"] for p in PRODUCTS}

    assert len(SHOWS) >= 8
    for show in SHOWS:
        assert 12 <= len(show["shelf"]) == len(set(show["shelf"])) <= 18, show["slug"]
        assert set(show["shelf"]) <= known, show["slug"]
        assert set(show["regions"]) <= {r["slug"] for r in PROVINCES["regions"]}, show["slug"]


def test_hosts_and_festivals_name_known_shows_and_stalls() -> None:
    themes = {s["slug"] for s in SHOWS}
    stalls = {s["slug"] for s in STALLS}

    assert len(HOSTS) == 3
    assert sorted(slug for h in HOSTS for slug in h["shows"]) == sorted(themes)
    for festival in FESTIVALS:
        assert set(festival["themes"]) <= themes, festival["slug"]
        assert festival["stalls"] == "all" or set(festival["stalls"]) <= stalls, festival["slug"]
        assert festival["demo"] is True


def plan(phase: dict[str, Any]) -> PhasePlan:
    """A phase as if the fair were set up on 10 November 2026."""
    first = date(2026, 11, 10)
    instants = [
        datetime.combine(
            first + timedelta(days=phase[f"{edge}_day"]),
            time.fromisoformat(phase[f"{edge}_at"]),
            tzinfo=UTC,
        )
        for edge in ("starts", "ends")
    ]
    return plan_phase(PhaseKind(phase["kind"]), *instants, wave=phase.get("wave"))


def test_phases_of_a_festival_make_a_calendar_without_flaw() -> None:
    for festival in FESTIVALS:
        faults = check_calendar([plan(phase) for phase in festival["phases"]])

        assert {fault.flaw for fault in faults} == set(), festival["slug"]


def test_today_stands_between_a_sale_a_balance_and_the_next_deposits() -> None:
    today = [plan(phase) for phase in FESTIVALS[0]["phases"]]
    for hour in range(1, 24):
        at = datetime(2026, 11, 10, hour, tzinfo=UTC)
        found = {(phase.kind.value, phase.wave) for phase in current_phases(today, at)}

        assert found == {("sale", 1), ("balance", 1), ("deposit", 2)}


def test_festivals_belong_to_seasons() -> None:
    seasons = {season["slug"] for season in load(DATA / "festivals.json")["seasons"]}

    assert {festival["season"] for festival in FESTIVALS} == seasons


def test_the_fair_of_today_is_open_and_keeps_to_the_ordinary_cap() -> None:
    today = [f for f in FESTIVALS if f["starts_day"] <= 0 <= f["ends_day"]]

    assert [f["discount_cap_bps"] for f in today] == [5000]


# ---------------------------------------------------------------- pictures

GOODS_PICTURES = sorted((PICTURES / "goods").glob("*.svg"))
ALL_PICTURES = [*GOODS_PICTURES, *sorted((PICTURES / "bands").glob("*.svg")), PICTURES / "logo.svg"]


def test_each_kind_of_goods_is_drawn_and_each_drawing_used() -> None:
    assert {p["kind"] for p in PRODUCTS} == {f.stem for f in GOODS_PICTURES}
    assert len(GOODS_PICTURES) >= 45


def test_each_region_has_its_band() -> None:
    bands = {f.stem for f in (PICTURES / "bands").glob("*.svg")}

    assert bands == {r["slug"] for r in PROVINCES["regions"]} | {"fair"}


@pytest.mark.parametrize("picture", ALL_PICTURES, ids=lambda f: f.stem)
def test_a_picture_is_plain_drawing_that_every_renderer_knows(picture: Path) -> None:
    source = picture.read_text(encoding="utf-8")
    root = ElementTree.fromstring(source)
    elements = [e.tag.removeprefix("{http://www.w3.org/2000/svg}") for e in root.iter()]

    assert set(elements) <= SVG_ELEMENTS
    assert len(source.encode()) < 12_000
    assert "href" not in source
    assert not re.search(r"url\((?!#)", source)
    assert not re.search(r"\b(NaN|inf|nan|None)\b", source)


@pytest.mark.parametrize("picture", GOODS_PICTURES, ids=lambda f: f.stem)
def test_a_picture_of_goods_is_square_and_paints_no_ellipse_with_a_gradient(picture: Path) -> None:
    """Skia draws a gradient on an `ellipse` black; such shapes are paths."""
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    ellipses = root.iter("{http://www.w3.org/2000/svg}ellipse")

    assert root.get("viewBox") == "0 0 400 400"
    assert [e.attrib for e in ellipses if e.get("fill", "").startswith("url")] == []
