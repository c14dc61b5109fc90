"""The columns of the three tables, and how a heading in any of three languages names one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chophien.domain.contact import fold
from chophien.domain.tables.faults import Fault, Reason


class Form(StrEnum):
    """How the cells of a column are written."""

    CODE = "code"
    NAME = "name"
    TEXT = "text"
    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    INSTANT = "instant"
    DAY = "day"
    YES_NO = "yes_no"
    CHOICE = "choice"
    LIST = "list"
    UNITS = "units"


class TableKind(StrEnum):
    """The tables that can be brought in and taken out."""

    GOODS = "goods"
    PRICES = "prices"
    PROMOTIONS = "promotions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the values of a `CHOICE` column: its code and its words."""

    code: str
    vi: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: `vi`, `en` and `zh` are its headings; any of them, or the key, names it."""

    key: str
    form: Form
    vi: str
    en: str
    zh: str
    is_needed: bool = False
    choices: tuple[Choice, ...] = ()
    chars_max: int = 0
    """Longest text; 0 where the form sets its own bound."""
    least: int = 0
    """The smallest number."""
    most: int = 0
    """The largest count; 0 for the bound of all counts."""

    def heading(self, language: str) -> str:
        """What stands above the column for a reader of `vi`, `en` or `zh`."""
        return {"vi": self.vi, "zh": self.zh}.get(language[:2], self.en)


# The smallest and the largest number of a column, where they are not those of its form.
_BOUNDS = {
    "list_price": (1, 0),
    "unit": (1, 0),
    "ocop_stars": (1, 5),
    "min_qty": (2, 0),
    "allotment": (1, 0),
    "per_buyer": (1, 0),
    "threshold": (1, 0),
    "n": (1, 0),
    "count": (1, 0),
}


def _code(key: str, vi: str, en: str, zh: str, *, is_needed: bool = False) -> Column:
    return Column(key=key, form=Form.CODE, vi=vi, en=en, zh=zh, is_needed=is_needed, chars_max=100)


def _text(key: str, vi: str, en: str, zh: str, chars_max: int) -> Column:
    return Column(key=key, form=Form.TEXT, vi=vi, en=en, zh=zh, chars_max=chars_max)


def _of(form: Form, key: str, vi: str, en: str, zh: str) -> Column:
    least, most = _BOUNDS.get(key, (0, 0))
    return Column(key=key, form=form, vi=vi, en=en, zh=zh, least=least, most=most)


def _choice(
    key: str, headings: tuple[str, str, str], *choices: tuple[str, str, str, str]
) -> Column:
    vi, en, zh = headings
    return Column(
        key=key, form=Form.CHOICE, vi=vi, en=en, zh=zh,
        choices=tuple(Choice(code=code, vi=a, en=b, zh=c) for code, a, b, c in choices),
    )  # fmt: skip


_STALL = _code("stall", "Gian hàng", "Stall", "摊位")
_LIST_PRICE = _of(Form.MONEY, "list_price", "Giá niêm yết", "List price", "标价")
_FLOOR_PRICE = _of(Form.MONEY, "floor_price", "Giá sàn", "Floor price", "底价")
_COST_PRICE = _of(Form.MONEY, "cost_price", "Giá vốn", "Cost price", "成本价")

GOODS = (
    _STALL,
    _code("product", "Mã sản phẩm", "Product code", "产品编码", is_needed=True),
    _code("sku", "Mã hàng", "Sku code", "商品编码", is_needed=True),
    _text("name_vi", "Tên tiếng Việt", "Vietnamese name", "越文名称", 160),
    _text("name_en", "Tên tiếng Anh", "English name", "英文名称", 160),
    _text("name_zh", "Tên tiếng Trung", "Chinese name", "中文名称", 160),
    _text("story_vi", "Giới thiệu tiếng Việt", "Vietnamese story", "越文介绍", 4_000),
    _text("story_en", "Giới thiệu tiếng Anh", "English story", "英文介绍", 4_000),
    _text("story_zh", "Giới thiệu tiếng Trung", "Chinese story", "中文介绍", 4_000),
    _text("province", "Tỉnh (trước 2025)", "Province (before 2025)", "省份(2025年前)", 60),
    _code("picture", "Hình", "Picture", "图片"),
    _of(Form.LIST, "tags", "Nhãn", "Tags", "标签"),
    _of(Form.YES_NO, "is_fresh", "Hàng tươi sống", "Fresh food", "生鲜"),
    _choice(
        "ban",
        ("Cấm khuyến mại", "Promotion ban", "禁止促销"),
        ("alcohol", "rượu bia", "alcohol", "酒类"),
        ("tobacco", "thuốc lá", "tobacco", "烟草"),
        ("infant_milk", "sữa cho trẻ nhỏ", "infant milk", "婴儿奶粉"),
    ),
    _of(Form.COUNT, "ocop_stars", "Số sao OCOP", "OCOP stars", "OCOP星级"),
    _of(Form.DAY, "ocop_expires_on", "OCOP hết hạn", "OCOP expires on", "OCOP到期日"),
    _text("unit_vi", "Đơn vị tiếng Việt", "Vietnamese unit", "越文单位", 60),
    _text("unit_en", "Đơn vị tiếng Anh", "English unit", "英文单位", 60),
    _text("unit_zh", "Đơn vị tiếng Trung", "Chinese unit", "中文单位", 60),
    _LIST_PRICE,
    _FLOOR_PRICE,
    _COST_PRICE,
    _of(Form.COUNT, "on_hand", "Tổng số đã nhập", "Units brought in all", "累计入库"),
    _choice(
        "state",
        ("Trạng thái", "State", "状态"),
        ("draft", "nháp", "draft", "草稿"),
        ("published", "đang bán", "published", "在售"),
        ("withdrawn", "đã gỡ", "withdrawn", "已下架"),
    ),
)

PRICES = (
    _code("sku", "Mã hàng", "Sku code", "商品编码", is_needed=True),
    _LIST_PRICE,
    _FLOOR_PRICE,
    _COST_PRICE,
)

_NAME_OF_PROMOTION = Column(
    key="code",
    form=Form.NAME,
    vi="Mã khuyến mại",
    en="Promotion code",
    zh="促销编码",
    is_needed=True,
    chars_max=60,
)
_KIND_OF_PROMOTION = replace(
    _choice(
        "kind",
        ("Loại", "Kind", "类型"),
        ("sale", "giảm giá", "sale", "特价"),
        ("flash", "giá sốc", "flash", "秒杀"),
        ("member", "giá thành viên", "member", "会员价"),
        ("tier", "giá sỉ", "tier", "批量价"),
        ("room", "giá phòng live", "room", "直播间价"),
        ("spend_save", "mua nhiều giảm nhiều", "spend and save", "满减"),
        ("nth_unit", "giảm món thứ n", "nth unit", "第n件优惠"),
        ("bundle", "combo", "bundle", "套装"),
        ("coupon", "phiếu giảm giá", "coupon", "优惠券"),
        ("platform_coupon", "phiếu của phiên", "festival coupon", "平台券"),
        ("red_packet", "lì xì", "red packet", "红包"),
    ),
    is_needed=True,
)

PROMOTIONS = (
    _NAME_OF_PROMOTION,
    _STALL,
    _KIND_OF_PROMOTION,
    _of(Form.UNITS, "skus", "Mã hàng", "Skus", "商品编码"),
    _code("festival", "Lễ hội", "Festival", "活动"),
    _of(Form.MONEY, "unit", "Giá bán", "Price of one unit", "单价"),
    _of(Form.INSTANT, "starts", "Bắt đầu", "Starts", "开始"),
    _of(Form.INSTANT, "ends", "Kết thúc", "Ends", "结束"),
    _of(Form.COUNT, "min_qty", "Mua từ", "From quantity", "起购量"),
    _of(Form.COUNT, "allotment", "Số suất", "Allotment", "活动库存"),
    _of(Form.COUNT, "per_buyer", "Mỗi người tối đa", "For each buyer", "每人限购"),
    _of(Form.YES_NO, "exclusive", "Không cộng dồn", "Exclusive", "不可叠加"),
    _of(Form.LIST, "rooms", "Phòng live", "Rooms", "直播间"),
    _of(Form.MONEY, "threshold", "Đơn từ", "Threshold", "门槛"),
    _of(Form.MONEY, "off", "Giảm tiền", "Amount off", "减额"),
    _of(Form.PERCENT, "percent", "Giảm %", "Percent off", "折扣%"),
    _of(Form.MONEY, "max_off", "Giảm tối đa", "At most off", "最高减"),
    _of(Form.YES_NO, "repeat", "Lặp lại", "Repeat", "可重复"),
    _of(Form.COUNT, "max_times", "Số lần tối đa", "At most times", "最多次数"),
    _of(Form.COUNT, "n", "Món thứ", "Nth unit", "第几件"),
    _of(Form.MONEY, "price", "Giá combo", "Bundle price", "套装价"),
    _of(Form.LIST, "tags", "Chỉ nhãn", "Only tags", "仅限标签"),
    _of(Form.LIST, "exclude_tags", "Trừ nhãn", "Not tags", "排除标签"),
    _of(Form.LIST, "sellers", "Chỉ gian hàng", "Only stalls", "仅限摊位"),
    _of(Form.MONEY, "budget", "Ngân sách", "Budget", "预算"),
    _of(Form.COUNT, "count", "Số phiếu", "Count", "发放量"),
    _choice(
        "way",
        ("Cách phát", "Way", "发放方式"),
        ("claim", "tự lấy", "claim", "领取"),
        ("drop", "thả trong phòng live", "drop", "直播间掉落"),
        ("gift", "tặng", "gift", "赠送"),
    ),
    _of(Form.INSTANT, "claim_starts", "Lấy phiếu từ", "Claim starts", "领取开始"),
    _of(Form.INSTANT, "claim_ends", "Lấy phiếu đến", "Claim ends", "领取结束"),
)

TABLES: dict[TableKind, tuple[Column, ...]] = {
    TableKind.GOODS: GOODS,
    TableKind.PRICES: PRICES,
    TableKind.PROMOTIONS: PROMOTIONS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """What the first row of a file says: for each of its columns the table's, `None` for none."""

    columns: tuple[Column | None, ...]
    faults: tuple[Fault, ...]
    """A file with any of them is not read further."""


def match_headings(kind: TableKind, cells: Sequence[str]) -> Headings:
    """Find out which column is which; accents, case, signs and the language do not matter.

    A heading that names no column is a fault: a mistyped one would lose its whole column
    without a word. Columns without heading and without name are left out when they are last.
    """
    names = {
        fold(name): column
        for column in TABLES[kind]
        for name in (column.key, column.vi, column.en, column.zh)
    }
    found: list[Column | None] = []
    faults = []
    for cell in cells:
        column = names.get(fold(cell))
        if column is None and cell.strip():
            faults.append(_fault(cell, Reason.UNKNOWN_HEADING))
        elif column is not None and column in found:
            faults.append(_fault(cell, Reason.HEADING_TWICE))
        found.append(column)
    faults.extend(
        Fault(row=1, column=column.key, value="", reason=Reason.NO_HEADING, allowed=column.key)
        for column in TABLES[kind]
        if column.is_needed and column not in found
    )
    return Headings(columns=tuple(found), faults=tuple(faults))


def _fault(heading: str, reason: Reason) -> Fault:
    return Fault(row=1, column=heading[:60], value=heading[:60], reason=reason)


def find_column(kind: TableKind, key: str) -> Column | None:
    return next((column for column in TABLES[kind] if column.key == key), None)
