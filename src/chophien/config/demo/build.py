"""Fills an empty fair with the demonstration's goods and people, and keeps its programme ahead."""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from chophien.apps.accounts.models import User
from chophien.apps.catalog.models import Product, Sku
from chophien.apps.catalog.services import index_product, record_list_price
from chophien.apps.festivals.models import Festival, FormerProvince
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.inventory.services import receive_units
from chophien.apps.live.services import open_room
from chophien.apps.programme.models import Host, Show
from chophien.apps.programme.services import ShowPlan, plan_show
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.planning import PricePlan, plan_price
from chophien.apps.sellers.models import Stall
from chophien.config.demo.creators import extend_creator_days
from chophien.config.demo.festivals import build_phases, find_season
from chophien.config.demo.programme import LOCAL, list_rounds, list_slots
from chophien.config.demo.promotions import build_promotions, give_to_buyer, offer_room_price
from chophien.config.demo.vetting import build_human_host, build_vetting
from chophien.web.shared.people import ORGANISERS

DATA = Path(__file__).with_name("data")
PASSWORD_BYTES = 12
FLASH_KINDS = 3  # each flash price opens every third round, so there is always another to come
PROGRAMME_TYPES = {
    "promotion": Festival.ProgrammeType.ORDINARY,
    "concentrated": Festival.ProgrammeType.CONCENTRATED,
}
NEAR = timedelta(days=4)  # what could meet the shows and rounds of the coming days
OCOP_VALID = timedelta(days=3 * 365)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How one of the demonstration's people gets in."""

    who: str
    username: str
    password: str
    place: str


def load(name: str) -> Document:
    document: Document = json.loads((DATA / f"{name}.json").read_text())
    return document


def is_built() -> bool:
    return Festival.objects.exists()


@transaction.atomic
def build_fair(*, at: datetime) -> list[Login]:
    """Make festivals, stalls, goods, stock, hosts and people; all of it, or nothing."""
    main, *others = load("festivals")["festivals"]
    for one in others:
        _make_festival(one, slug=one["slug"], at=at)
    festival = _make_festival(main, slug=main["slug"], at=at)
    stalls = _build_stalls()
    _build_goods(stalls, festival, at)
    logins = _build_people(stalls, _build_hosts(), at=at)
    refused = build_promotions(festival, at)
    assert not refused, f"promotions of the demonstration: {refused}"
    give_to_buyer("buyer", festival, at)
    return logins


@transaction.atomic
def extend_programme(*, at: datetime) -> int:
    """Add shows and flash rounds up to a day and a half ahead; returns how many shows.

    What is planned already is never touched. When the fair's last edition is over, a new one
    opens with the same sale prices.
    """
    festival = _find_edition(at) or _open_edition(at)
    _extend_flash_rounds(at)
    themes = load("shows")["shows"]
    hosts = _find_hosts()
    near = Show.objects.filter(host__is_ai=True, ends_at__gt=at - NEAR, starts_at__lt=at + NEAR)
    slots = list_slots(at=at, taken=near.values_list("starts_at", "ends_at"))
    for slot in slots:
        theme = themes[slot.ordinal % len(themes)]
        sku_ids = list(_find_shelf(theme))
        show = plan_show(
            ShowPlan(
                festival_id=festival.id,
                host_id=hosts[theme["slug"]].id,
                theme=theme["slug"],
                titles=_texts(theme["title"]),
                pitches=_texts(theme["pitch"]),
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                sku_ids=sku_ids,
            )
        )
        open_room(show_id=show.id, pinned_sku_id=sku_ids[0])
        offer_room_price(show, sku_ids, at=at)
    return len(slots) + extend_creator_days(festival.id, at=at)


def _texts(document: Mapping[str, str]) -> tuple[str, str, str]:
    return document["vi"], document.get("en", ""), document.get("zh", "")


def _local_fields(field: str, document: Mapping[str, str]) -> dict[str, str]:
    vi, en, zh = _texts(document)
    return {f"{field}_vi": vi, f"{field}_en": en, f"{field}_zh": zh}


def _find_edition(at: datetime) -> Festival | None:
    """The main fair's edition that is on."""
    slug = load("festivals")["festivals"][0]["slug"]
    return Festival.objects.filter(slug__startswith=slug, starts_at__lte=at, ends_at__gt=at).first()


def _open_edition(at: datetime) -> Festival:
    """One more edition of the main fair, from today on."""
    main = load("festivals")["festivals"][0]
    slug = f"{main['slug']}-{at.astimezone(LOCAL):%Y-%m-%d}"
    festival = _make_festival(main, slug=slug, at=at)
    skus = {sku.code: sku for sku in Sku.objects.all()}
    for one in load("products")["products"]:
        for entry in one["skus"]:
            _offer_sale(skus[entry["code"]], entry, festival)
    build_promotions(festival, at)
    return festival


def _make_festival(one: Document, *, slug: str, at: datetime) -> Festival:
    today = at.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    festival = Festival.objects.create(
        slug=slug,
        season=find_season(one, load("festivals")["seasons"], at),
        **_local_fields("name", one["name"]),
        **_local_fields("pitch", one["tagline"]),
        organiser_name=one["organiser"]["vi"],
        programme_type=PROGRAMME_TYPES[one["programme_type"]],
        discount_cap_bps=one["discount_cap_bps"],
        starts_at=today + timedelta(days=one["starts_day"]),
        ends_at=today + timedelta(days=one["ends_day"] + 1),
        is_demo=True,
    )
    build_phases(festival, one, at)
    return festival


def _build_stalls() -> dict[str, Stall]:
    places = {place.slug: place for place in FormerProvince.objects.all()}
    return {
        one["slug"]: Stall.objects.create(
            slug=one["slug"],
            **_local_fields("name", one["name"]),
            **_local_fields("story", one["story"]),
            kind=one["kind"],
            state=Stall.State.ADMITTED,
            former_province=places[one["province"]],
            bank_bin=one["bank"]["bin"],
            bank_account=one["bank"]["account"],
            bank_holder=one["name"]["vi"],
            shipping_fee_minor=one["shipping_fee_minor"],
            free_from_minor=one["free_from_minor"],
        )
        for one in load("stalls")["stalls"]
    }


def _build_goods(stalls: Mapping[str, Stall], festival: Festival, at: datetime) -> None:
    places = {place.slug: place for place in FormerProvince.objects.all()}
    for one in load("products")["products"]:
        product = Product.objects.create(
            slug=one["slug"],
            stall=stalls[one["stall"]],
            former_province=places[one["province"]],
            **_local_fields("name", one["name"]),
            **_local_fields("story", one["story"]),
            picture=one["kind"],
            tags=one["tags"],
            is_fresh=one["fresh"],
            promotion_ban=one.get("promotion_ban", ""),
            ocop_stars=one["ocop_stars"],
            ocop_expires_on=_expire(at) if one["ocop_stars"] else None,
            state=Product.State.PUBLISHED,
        )
        index_product(product)
        for position, entry in enumerate(one["skus"]):
            _build_sku(product, position, entry, festival)


def _expire(at: datetime) -> date:
    return (at + OCOP_VALID).date()


def _build_sku(product: Product, position: int, entry: Document, festival: Festival) -> None:
    sku = Sku.objects.create(
        product=product,
        code=entry["code"],
        position=position,
        **_local_fields("unit", entry["unit"]),
        list_price_minor=entry["list_price_minor"],
    )
    record_list_price(sku, by_id=None, at=festival.starts_at)
    receive_units(sku_id=sku.id, stall_id=product.stall_id, quantity=entry["stock"])
    _offer_sale(sku, entry, festival)


def _offer_sale(sku: Sku, entry: Document, festival: Festival) -> None:
    if entry["sale_price_minor"] is not None:
        OfferedPrice.objects.create(
            sku=sku,
            kind=OfferedPrice.Kind.SALE,
            unit_minor=entry["sale_price_minor"],
            starts_at=festival.starts_at,
            ends_at=festival.ends_at,
        )


def _list_flash() -> Iterator[tuple[str, Document]]:
    for one in load("products")["products"]:
        for entry in one["skus"]:
            if entry["flash"] is not None:
                yield entry["code"], entry["flash"]


def _extend_flash_rounds(at: datetime) -> None:
    near = OfferedPrice.objects.filter(
        kind=OfferedPrice.Kind.FLASH, ends_at__gt=at - NEAR, starts_at__lt=at + NEAR
    )
    taken = {
        (starts_at, ends_at)
        for starts_at, ends_at in near.values_list("starts_at", "ends_at")
        if starts_at is not None and ends_at is not None
    }
    skus = dict(Sku.objects.values_list("code", "id"))
    festival_id = get_current_festival(at).id
    for one in list_rounds(at=at, taken=taken):
        for index, (code, flash) in enumerate(_list_flash()):
            if index % FLASH_KINDS == one.ordinal % FLASH_KINDS:
                plan_price(
                    PricePlan(
                        sku_id=skus[code],
                        festival_id=festival_id,
                        kind=OfferedPrice.Kind.FLASH,
                        unit_minor=flash["price_minor"],
                        allotment=flash["units"],
                        per_buyer_max=flash["per_buyer"],
                        starts_at=one.starts_at,
                        ends_at=one.ends_at,
                    ),
                    by_id=None,
                    at=at,
                )


def _find_shelf(theme: Document) -> Iterator[int]:
    """The first sku of each product on a theme's shelf, in the theme's order."""
    for slug in theme["shelf"]:
        yield (
            Sku.objects.filter(product__slug=slug)
            .order_by("position")
            .values_list("id", flat=True)[0]
        )


def _build_hosts() -> list[Host]:
    return [
        Host.objects.create(
            slug=one["slug"],
            name=one["name"],
            is_ai=True,
            **_local_fields("pitch", one["line"]),
        )
        for one in load("hosts")["hosts"]
    ]


def _find_hosts() -> dict[str, Host]:
    """Who leads each theme: the host that prefers it, the first host where nobody does."""
    hosts = {host.slug: host for host in Host.objects.filter(is_ai=True)}
    entries = load("hosts")["hosts"]
    leading = {theme: hosts[entry["slug"]] for entry in entries for theme in entry["shows"]}
    first = hosts[entries[0]["slug"]]
    return {one["slug"]: leading.get(one["slug"], first) for one in load("shows")["shows"]}


def _build_people(stalls: Mapping[str, Stall], hosts: list[Host], *, at: datetime) -> list[Login]:
    """One person of each kind, with a password made now and told once more at each start."""
    organisers, _ = Group.objects.get_or_create(name=ORGANISERS)
    organiser, first = _make_person("organiser", "Ban tổ chức", "/office/", is_superuser=True)
    organiser.groups.add(organisers)
    stall = max(stalls.values(), key=lambda one: one.products.count())
    seller, second = _make_person("seller", stall.name_vi, "/stall/")
    stall.members.add(seller)
    producer, third = _make_person("host", f"{hosts[0].name} (đạo diễn)", "/studio/")
    for host in hosts:
        host.person = producer
        host.save(update_fields=["person"])
    _, fourth = _make_person("buyer", "Người mua", "/me/orders/")
    creator, fifth = _make_person("creator", "Sáu Ghe", "/studio/")
    build_vetting(organiser, at=at)
    build_human_host(creator, organiser, at=at)
    return [first, second, third, fourth, fifth]


def _make_person(
    username: str, name: str, place: str, *, is_superuser: bool = False
) -> tuple[User, Login]:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user = User.objects.create_user(
        username=username,
        password=password,
        display_name=name,
        is_staff=is_superuser,
        is_superuser=is_superuser,
    )
    return user, Login(who=name, username=username, password=password, place=place)
