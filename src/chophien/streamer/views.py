"""From the facts of a show to the words on its stage."""

from chophien.domain.money import MINUS, render_money
from chophien.domain.vetting import RiskWarning, warnings_of
from chophien.streamer.mind.grounds import LANGUAGE, is_buyable, render_count, true_price
from chophien.streamer.mind.plan import find_on_air
from chophien.streamer.stage.view import CaptionView, CardView, StageView
from chophien.wire.snapshot import GoodsFacts, ShowSnapshot

# Required by law at all times: Vietnam, law 134/2025/QH15, article 11.
AI_MARK = "AI · Người dẫn ảo"
DEMO_MARK = "Dữ liệu minh hoạ"
SOLD_OUT = "Hết hàng"
WITHDRAWN = "Tạm ngừng bán"
WARNINGS = {
    RiskWarning.ADULTS_ONLY: "Chỉ từ 18 tuổi",
    RiskWarning.NOT_A_MEDICINE: "Không phải thuốc",
    RiskWarning.BREAST_MILK_FIRST: "Sữa mẹ tốt nhất",
    RiskWarning.PATCH_TEST: "Thử trên da trước",
    RiskWarning.ALLERGEN_NUTS: "Dị ứng: có hạt",
    RiskWarning.ALLERGEN_SEAFOOD: "Dị ứng: hải sản",
    RiskWarning.ALLERGEN_DAIRY: "Dị ứng: có sữa",
    RiskWarning.ALLERGEN_EGG: "Dị ứng: có trứng",
    RiskWarning.ALLERGEN_GLUTEN: "Dị ứng: bột mì",
    RiskWarning.VERY_HOT: "Rất cay",
    RiskWarning.SHARP_EDGES: "Sắc nhọn",
}


def stage_view(snapshot: ShowSnapshot, caption: CaptionView | None) -> StageView:
    """Lay out what the stage shows, the product on air included if there is one."""
    goods = find_on_air(snapshot)
    return StageView(
        title=snapshot.title.vi,
        ai_mark=AI_MARK,
        demo_mark=DEMO_MARK if snapshot.is_demo else None,
        card=None if goods is None else card_view(goods, snapshot),
        caption=caption,
    )


def card_view(goods: GoodsFacts, snapshot: ShowSnapshot) -> CardView:
    """Write a product's card: its price and stock as they are at `snapshot.at`."""
    best = true_price(goods, snapshot.at)
    is_off = best.percent_off > 0
    return CardView(
        picture=goods.picture,
        name=goods.name.vi,
        origin=f"{goods.province} · {goods.stall_name}",
        price=render_money(best.unit_minor, snapshot.currency, LANGUAGE),
        was=(
            render_money(goods.reference_price_minor, snapshot.currency, LANGUAGE)
            if is_off
            else None
        ),
        badge=f"{MINUS}{best.percent_off} %" if is_off else None,
        stock=_stock(goods),
        warning=_warning(goods),
        sold_out=not is_buyable(goods),
    )


def _warning(goods: GoodsFacts) -> str | None:
    """The gravest warning, in the few words that fit below a picture."""
    found = warnings_of(goods.kinds)
    return WARNINGS[found[0]] if found else None


def _stock(goods: GoodsFacts) -> str:
    if not goods.on_sale:
        return WITHDRAWN
    return f"Còn {render_count(goods.free)}" if goods.free > 0 else SOLD_OUT
