"""Who may sell on air, which papers goods need, and what viewers are warned of.

Vietnam: Law on Electronic Commerce 122/2025 articles 23 and 24 (identity before the first show,
papers and advertising confirmation on file, published rules, warnings, stopping), Law on
Advertising 16/2012 articles 7 and 20, Decree 15/2018 on food safety, Law 44/2019 on harm by
alcohol. `docs/reference/vetting.md` says what each line was taken from and what a lawyer should
look at again. The same table is the SQL function `goods_needs()`; a test holds them together.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Paper(StrEnum):
    """What a seller shows before goods are sold on air."""

    REGISTRATION = "registration"
    FOOD_SAFETY = "food_safety"
    PRODUCT_DECLARATION = "product_declaration"
    COSMETIC_NOTIFICATION = "cosmetic_notification"
    ALCOHOL_LICENCE = "alcohol_licence"
    AD_CONFIRMATION = "ad_confirmation"


# Papers that name the product they are for; the others are of the whole stall.
OF_ONE_PRODUCT = frozenset(
    {Paper.PRODUCT_DECLARATION, Paper.COSMETIC_NOTIFICATION, Paper.AD_CONFIRMATION}
)


class Kind(StrEnum):
    """What a product is to the law; a product has the kinds among its tags and its ban."""

    FOOD = "food"
    ALCOHOL = "alcohol"
    SPIRITS = "spirits"
    TOBACCO = "tobacco"
    INFANT_MILK = "infant_milk"
    CHILD_MILK = "child_milk"
    SUPPLEMENT = "supplement"
    COSMETIC = "cosmetic"
    MEDICINE = "medicine"
    NUTS = "nuts"
    SEAFOOD = "seafood"
    DAIRY = "dairy"
    EGG = "egg"
    GLUTEN = "gluten"
    HOT = "hot"
    SHARP = "sharp"


class RiskWarning(StrEnum):
    """What viewers are told beside the goods."""

    ADULTS_ONLY = "adults_only"
    NOT_A_MEDICINE = "not_a_medicine"
    BREAST_MILK_FIRST = "breast_milk_first"
    PATCH_TEST = "patch_test"
    ALLERGEN_NUTS = "allergen_nuts"
    ALLERGEN_SEAFOOD = "allergen_seafood"
    ALLERGEN_DAIRY = "allergen_dairy"
    ALLERGEN_EGG = "allergen_egg"
    ALLERGEN_GLUTEN = "allergen_gluten"
    VERY_HOT = "very_hot"
    SHARP_EDGES = "sharp_edges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the law asks of one kind of goods. Forbidden goods are not shown on air at all."""

    papers: tuple[Paper, ...] = ()
    warning: RiskWarning | None = None
    is_forbidden: bool = False
    source: str


_ALLERGENS = "Decree 43/2017 article 12 with 111/2021: what can harm is said on the label"

RULES: dict[Kind, Rule] = {
    Kind.FOOD: Rule(
        papers=(Paper.FOOD_SAFETY,),
        source="Law on Food Safety 55/2010 article 34; Decree 15/2018 articles 11, 12",
    ),
    Kind.ALCOHOL: Rule(
        papers=(Paper.ALCOHOL_LICENCE,),
        warning=RiskWarning.ADULTS_ONLY,
        source="Law 44/2019 articles 5, 16; Decree 105/2017 with 17/2020",
    ),
    Kind.SPIRITS: Rule(
        is_forbidden=True, source="Law on Advertising 16/2012 article 7: 15 degrees and above"
    ),
    Kind.TOBACCO: Rule(
        is_forbidden=True,
        source="Law on Advertising 16/2012 article 7; Law 09/2012 articles 9, 25",
    ),
    Kind.INFANT_MILK: Rule(
        is_forbidden=True,
        source="Law on Advertising 16/2012 article 7: milk for children under 24 months",
    ),
    Kind.CHILD_MILK: Rule(
        papers=(Paper.PRODUCT_DECLARATION, Paper.AD_CONFIRMATION),
        warning=RiskWarning.BREAST_MILK_FIRST,
        source="Decree 15/2018 articles 6, 26; Decree 100/2014",
    ),
    Kind.SUPPLEMENT: Rule(
        papers=(Paper.PRODUCT_DECLARATION, Paper.AD_CONFIRMATION),
        warning=RiskWarning.NOT_A_MEDICINE,
        source="Decree 15/2018 articles 6, 26, 27: the warning is to be read out",
    ),
    Kind.COSMETIC: Rule(
        papers=(Paper.COSMETIC_NOTIFICATION, Paper.AD_CONFIRMATION),
        warning=RiskWarning.PATCH_TEST,
        source="Law on Advertising 16/2012 article 20",
    ),
    Kind.MEDICINE: Rule(
        is_forbidden=True, source="Law on Pharmacy 105/2016: medicines are sold by pharmacies"
    ),
    Kind.NUTS: Rule(warning=RiskWarning.ALLERGEN_NUTS, source=_ALLERGENS),
    Kind.SEAFOOD: Rule(warning=RiskWarning.ALLERGEN_SEAFOOD, source=_ALLERGENS),
    Kind.DAIRY: Rule(warning=RiskWarning.ALLERGEN_DAIRY, source=_ALLERGENS),
    Kind.EGG: Rule(warning=RiskWarning.ALLERGEN_EGG, source=_ALLERGENS),
    Kind.GLUTEN: Rule(warning=RiskWarning.ALLERGEN_GLUTEN, source=_ALLERGENS),
    Kind.HOT: Rule(warning=RiskWarning.VERY_HOT, source=_ALLERGENS),
    Kind.SHARP: Rule(
        warning=RiskWarning.SHARP_EDGES,
        source="Law on Consumers' Rights 19/2023 article 14: warn of what can harm",
    ),
}

# Farmers who sell what they grow need no registration of a business.
UNREGISTERED_STALLS = frozenset({"farmer"})


class Hindrance(StrEnum):
    """What keeps a show off the air, as `show_hindrances()` says it."""

    CANCELLED = "cancelled"
    STOPPED = "stopped"
    HOST_BARRED = "host_barred"
    HOST_UNVERIFIED = "host_unverified"
    IDENTITY_EXPIRED = "identity_expired"
    RULES_UNPUBLISHED = "rules_unpublished"
    RULES_NOT_ACCEPTED = "rules_not_accepted"
    STALL_NOT_ADMITTED = "stall_not_admitted"
    GOODS_FORBIDDEN = "goods_forbidden"
    PAPER_MISSING = "paper_missing"
    PAPER_EXPIRED = "paper_expired"
    AD_PAPER_MISSING = "ad_paper_missing"
    # Of goods only: they leave the programme, the show goes on.
    GOODS_TAKEN_DOWN = "goods_taken_down"


def kinds_of(tags: Collection[str], ban: str = "") -> tuple[Kind, ...]:
    """The kinds that a product is, in the order of the table."""
    stated = {*tags, ban}
    return tuple(kind for kind in Kind if kind.value in stated)


def warnings_of(tags: Collection[str], ban: str = "") -> tuple[RiskWarning, ...]:
    """What viewers of these goods are told, each once.

    >>> [each.value for each in warnings_of(["food", "nuts"], "alcohol")]
    ['adults_only', 'allergen_nuts']
    """
    found = [RULES[kind].warning for kind in kinds_of(tags, ban)]
    return tuple(dict.fromkeys(each for each in found if each is not None))


def papers_for(tags: Collection[str], ban: str = "", *, stall_kind: str) -> tuple[Paper, ...]:
    """The papers that must be on file before these goods are sold on air, each once.

    >>> [each.value for each in papers_for(["food"], stall_kind="farmer")]
    ['food_safety']
    """
    of_stall = () if stall_kind in UNREGISTERED_STALLS else (Paper.REGISTRATION,)
    of_goods = tuple(paper for kind in kinds_of(tags, ban) for paper in RULES[kind].papers)
    return tuple(dict.fromkeys(of_stall + of_goods))


def is_forbidden(tags: Collection[str], ban: str = "") -> bool:
    """Whether no show may sell them at all."""
    return any(RULES[kind].is_forbidden for kind in kinds_of(tags, ban))
