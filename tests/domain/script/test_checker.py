import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.script.beats import Slot
from chophien.domain.script.checker import Fault, canonical, find_objections
from chophien.domain.script.sentences import fill

FACTS = {
    Slot.NAME: "Mật ong Gia Lai",
    Slot.PRICE: "95.000 ₫",
    Slot.WAS: "125.000 ₫",
    Slot.OFF: "24 %",
    Slot.UNIT: "hũ 500 g",
    Slot.STOCK: "48",
    Slot.ENDS_AT: "20:00 hôm nay",
    Slot.STARS: "4 sao",
    Slot.FREE_FROM: "300.000 ₫",
    Slot.SOLD_OUT: "hết hàng",
}


def faults(template: str, *, buyable: bool = True, **changes: str) -> set[Fault]:
    values = FACTS | {Slot(name): value for name, value in changes.items()}
    return {found.fault for found in find_objections(fill(template, values), buyable=buyable)}


@pytest.mark.parametrize(
    ("case", "template"),
    [
        ("price from its slot", "Giá hôm nay là {price} một {unit}."),
        ("discount with its figures", "Đang giảm {off}, từ {was} còn {price}."),
        ("stock with its figure", "Số lượng có hạn, còn {stock} {unit}."),
        ("deadline from its slot", "Giá này áp dụng đến {ends_at}, sau đó hết hạn."),
        ("stars from their slot", "Món này xếp hạng OCOP {stars}."),
        ("free delivery with its limit", "Đơn từ {free_from} được miễn phí giao hàng."),
        ("united is no superlative", "Bà con trong bản thống nhất cách làm."),
        ("the forest's name is no figure", "Hương của đại ngàn."),
        ("meticulous is no billion", "Người thợ làm rất tỉ mỉ."),
        ("a field is no money", "Lúa trên cánh đồng quê."),
        ("how is no star", "Làm sao mà quên được vị này."),
        ("year as a word", "Mỗi năm chỉ có một mùa."),
        ("inviting to buy what can be bought", "Cả nhà thêm {name} vào giỏ nhé."),
    ],
)
def test_true_words_pass(case, template):
    assert faults(template) == set(), case


@pytest.mark.parametrize(
    ("case", "template", "fault"),
    [
        ("figure of its own", "Giá chỉ 49 thôi.", Fault.FIGURE),
        ("full-width figure", "Giá chỉ ４９ thôi.", Fault.FIGURE),
        ("figure in words", "Giá chín mươi chín thôi.", Fault.FIGURE),
        ("thousands in words", "Mấy chục nghìn thôi.", Fault.FIGURE),
        ("stars in words", "Đây là món năm sao.", Fault.FIGURE),
        ("days in words", "Giao trong hai ngày.", Fault.FIGURE),
        ("half price", "Hôm nay nửa giá.", Fault.FIGURE),
        ("percent sign", "Bớt % cho cả nhà.", Fault.MONEY),
        ("percent in words", "Bớt mười phần trăm.", Fault.MONEY),
        ("currency sign", "Rẻ lắm, vài ₫ thôi.", Fault.MONEY),
        ("best", "Mật ong ngon nhất Tây Nguyên.", Fault.SUPERLATIVE),
        ("number one", "Số một thị trường.", Fault.SUPERLATIVE),
        ("better than others", "Ngon hơn chỗ khác.", Fault.SUPERLATIVE),
        ("hidden by an invisible sign", "Ngon nh\u200bất vùng.", Fault.SUPERLATIVE),
        ("cures", "Uống vào khỏi bệnh.", Fault.HEALTH_CLAIM),
        ("cures a cough", "Trị ho rất hay.", Fault.HEALTH_CLAIM),
        ("new spelling of health", "Tốt cho sức khoẻ.", Fault.HEALTH_CLAIM),
        ("old spelling of health", "Tốt cho sức khỏe.", Fault.HEALTH_CLAIM),
        ("slimming", "Giúp giảm cân.", Fault.HEALTH_CLAIM),
        ("promise", "Em cam kết với cả nhà.", Fault.PROMISE),
        ("gift", "Mua có quà tặng.", Fault.PROMISE),
        ("discount without figures", "Đang giảm mạnh.", Fault.UNBACKED_CLAIM),
        ("cheap without figures", "Món này rẻ lắm.", Fault.UNBACKED_CLAIM),
        ("free delivery without limit", "Miễn phí giao hàng.", Fault.UNBACKED_CLAIM),
        ("scarcity without figure", "Sắp hết rồi cả nhà ơi.", Fault.UNBACKED_CLAIM),
        ("deadline without time", "Giá này sắp hết hạn.", Fault.UNBACKED_CLAIM),
        ("OCOP without stars", "Đây là hàng OCOP.", Fault.UNBACKED_CLAIM),
        ("sold out without the fact", "Món này hết hàng rồi.", Fault.UNBACKED_CLAIM),
    ],
)
def test_words_without_ground_are_stopped(case, template, fault):
    assert fault in faults(template), case


@pytest.mark.parametrize(
    ("case", "story", "fault"),
    [
        ("price in a story", "Giá gốc 50.000 ₫.", Fault.FIGURE),
        ("offer in a story", "Đang khuyến mãi.", Fault.UNBACKED_CLAIM),
        ("cure in a story", "Bài thuốc của người Dao.", Fault.HEALTH_CLAIM),
        ("superlative in a story", "Ngon nhất vùng.", Fault.SUPERLATIVE),
    ],
)
def test_a_sellers_story_is_no_way_around(case, story, fault):
    assert fault in faults("{story}", story=story), case


@pytest.mark.parametrize(
    ("case", "name", "fault"),
    [
        ("price in a name", "Mật ong chỉ 9.000 ₫", Fault.MONEY),
        ("short price in a name", "Mật ong 99k", Fault.MONEY),
        ("discount in a name", "Mật ong giảm sâu", Fault.UNBACKED_CLAIM),
        ("superlative in a name", "Mật ong ngon nhất", Fault.SUPERLATIVE),
        ("cure in a name", "Trà giảm cân", Fault.HEALTH_CLAIM),
    ],
)
def test_a_sellers_name_is_no_way_around(case, name, fault):
    assert fault in faults("Đây là {name}.", name=name), case


@pytest.mark.parametrize("name", ["Gạo ST25", "Trà sen túi 100 g", "Nước mắm 40 độ đạm"])
def test_a_size_or_variety_in_a_name_is_fine(name):
    assert faults("Đây là {name}.", name=name) == set()


@pytest.mark.parametrize(
    "template",
    ["Mua {name} đi cả nhà.", "Thêm {name} vào giỏ.", "Cả nhà chốt {name}.", "{name} còn hàng."],
)
def test_nobody_is_invited_to_buy_what_cannot_be_bought(template):
    assert faults(template, buyable=False) == {Fault.NOT_BUYABLE}
    assert faults(template, buyable=True) == set()


def test_sold_out_may_be_said_from_its_slot():
    assert faults("{name} đã {sold_out} rồi ạ.", buyable=False) == set()


def test_canonical_folds_spellings_that_sound_alike():
    assert canonical("Sức  KHOẺ") == canonical("sức khỏe")
    assert canonical("thuý") == canonical("thúy")
    assert canonical("quý") == "quý"


@given(before=st.text(max_size=20), figure=st.integers(min_value=0), after=st.text(max_size=20))
def test_no_text_smuggles_a_figure_past_the_checker(before, figure, after):
    story = f"{before}{figure}{after}"

    assert Fault.FIGURE in faults("{story}", story=story)


@given(st.text(alphabet="０１２３４５６７８９٠١٢²½①", min_size=1, max_size=5))
def test_figures_of_other_scripts_are_figures_too(figure):
    assert Fault.FIGURE in faults("{story}", story=f"Chỉ {figure} thôi")
