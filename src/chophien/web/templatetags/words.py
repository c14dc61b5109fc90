"""What people call the codes that are kept: regions, states, kinds."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REGIONS: dict[str, Promise] = {
    "dong-bac": _("Northeast"),
    "tay-bac": _("Northwest"),
    "dong-bang-song-hong": _("Red River Delta"),
    "bac-trung-bo": _("North Central Coast"),
    "duyen-hai-nam-trung-bo": _("South Central Coast"),
    "tay-nguyen": _("Central Highlands"),
    "dong-nam-bo": _("Southeast"),
    "dong-bang-song-cuu-long": _("Mekong Delta"),
}

WORDS: dict[str, Promise] = {
    "order.placed": _("Waiting for payment"),
    "order.paid": _("Paid"),
    "order.expired": _("Expired"),
    "goods.draft": _("Draft"),
    "goods.published": _("On sale"),
    "goods.withdrawn": _("Withdrawn"),
    "stall.applied": _("Applied"),
    "stall.admitted": _("Admitted"),
    "stall.closed": _("Closed"),
    "kind.company": _("Company"),
    "kind.cooperative": _("Cooperative"),
    "kind.household": _("Household"),
    "kind.market_stall": _("Market stall"),
    "kind.farmer": _("Farmer"),
    "kind.brand": _("Brand"),
    "programme.ordinary": _("Ordinary programme"),
    "programme.concentrated": _("Concentrated programme"),
    "price.list": _("List price"),
    "price.sale": _("Sale price"),
    "price.flash": _("Flash price"),
    "price.member": _("Member price"),
    "price.room": _("Room price"),
    "price.tier": _("Volume price"),
    "price.group": _("Group price"),
    "price.presale": _("Presale price"),
    "credit.paid": _("Paid"),
    "credit.wrong_amount": _("Wrong amount"),
    "credit.unknown_reference": _("Unknown reference"),
    "credit.wrong_account": _("Wrong account"),
    "credit.paid_twice": _("Paid twice"),
    "credit.paid_late": _("Paid late"),
    "credit.too_late": _("Too late"),
}
