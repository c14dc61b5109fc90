"""Shows of the demonstration's human host: all day, so that a camera can be tried at any time."""

from datetime import datetime, timedelta

from chophien.apps.catalog.models import Sku
from chophien.apps.live.services import open_room
from chophien.apps.programme.models import Host, Show
from chophien.apps.programme.services import ShowPlan, plan_show
from chophien.config.demo.programme import LOCAL

# When an AI host's night begins: that show is planned first, and so stands first on pages.
TURN_HOUR = 23
DAY = timedelta(days=1)
THEME = "ghe-hang-cuu-long"
TITLES = ("Chợ nổi cùng Sáu Ghe", "The floating market with Sáu Ghe", "和Sáu Ghe逛水上集市")
PITCHES = (
    "Ghe vừa cập bến, Sáu Ghe kể chuyện từng món và trả lời ngay trên sóng.",
    "The boat has just come in: Sáu Ghe tells of each thing and answers on air.",
    "船刚靠岸，Sáu Ghe在直播中逐一介绍并现场回答。",
)
SHELF = ("gao-st25-soc-trang", "dua-sap-tra-vinh", "ba-khia-ca-mau", "keo-dua-ben-tre")


def extend_creator_days(festival_id: int, *, at: datetime) -> int:
    """Plan the day that is on and the next one, where there is none; returns how many."""
    host = Host.objects.filter(is_ai=False).order_by("id").first()
    if host is None:
        return 0
    turned = at.astimezone(LOCAL).replace(hour=TURN_HOUR, minute=0, second=0, microsecond=0)
    first = turned if turned <= at else turned - DAY
    days = [first, first + DAY]
    return sum(_plan_day(host, festival_id, starts_at) for starts_at in days)


def _plan_day(host: Host, festival_id: int, starts_at: datetime) -> int:
    ends_at = starts_at + DAY
    if Show.objects.filter(host=host, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        return 0
    skus = {
        sku.product.slug: sku.id
        for sku in Sku.objects.filter(product__slug__in=SHELF, position=0).select_related("product")
    }
    sku_ids = [skus[slug] for slug in SHELF]
    show = plan_show(
        ShowPlan(
            festival_id=festival_id, host_id=host.id, theme=THEME, titles=TITLES, pitches=PITCHES,
            starts_at=starts_at, ends_at=ends_at, sku_ids=sku_ids,
        )
    )  # fmt: skip
    open_room(show_id=show.id, pinned_sku_id=sku_ids[0])
    return 1
