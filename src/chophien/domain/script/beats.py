"""The kinds of moment in a show, and the facts that a sentence may name."""

from enum import StrEnum


class Beat(StrEnum):
    """One moment of a show; each sentence belongs to exactly one."""

    GREETING = "greeting"
    DISCLOSURE = "disclosure"
    HOOK = "hook"
    ORIGIN = "origin"
    STORY = "story"
    PRICE = "price"
    OFFER = "offer"
    PROOF = "proof"
    STOCK = "stock"
    DEADLINE = "deadline"
    HOW_TO_BUY = "how_to_buy"
    SHIPPING = "shipping"
    FREE_SHIPPING = "free_shipping"
    BRIDGE = "bridge"
    SOLD_OUT = "sold_out"
    WITHDRAWN = "withdrawn"
    IDLE = "idle"


class Slot(StrEnum):
    """A fact that is put into a sentence at the moment of speaking."""

    HOST = "host"
    TITLE = "title"
    NAME = "name"
    NEXT_NAME = "next_name"
    STALL = "stall"
    PROVINCE = "province"
    UNIT = "unit"
    STORY = "story"
    PRICE = "price"
    WAS = "was"
    OFF = "off"
    ENDS_AT = "ends_at"
    STOCK = "stock"
    SOLD_OUT = "sold_out"
    STARS = "stars"
    SHIPPING = "shipping"
    FREE_FROM = "free_from"


# Made from integers of the catalogue by this program: figures in them are true.
FIGURE_SLOTS = frozenset(
    {
        Slot.PRICE,
        Slot.WAS,
        Slot.OFF,
        Slot.ENDS_AT,
        Slot.STOCK,
        Slot.SOLD_OUT,
        Slot.STARS,
        Slot.SHIPPING,
        Slot.FREE_FROM,
    }
)
# Written by sellers: a size (`hũ 500 g`) or a variety (`ST25`) is fine, an offer or a claim is not.
LABEL_SLOTS = frozenset(
    {
        Slot.HOST,
        Slot.TITLE,
        Slot.NAME,
        Slot.NEXT_NAME,
        Slot.STALL,
        Slot.PROVINCE,
        Slot.UNIT,
    }
)
# A sentence of the seller's own story is checked as strictly as a template.
FREE_TEXT_SLOTS = frozenset({Slot.STORY})
