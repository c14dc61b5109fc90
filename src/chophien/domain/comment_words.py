"""The words of orders written in a chat, without diacritics: in Vietnamese, English and Chinese."""

ORDERING = frozenset({
    "chot", "dat", "lay", "order", "买", "拍", "要",
})  # fmt: skip
"""Whoever writes one of these orders, whatever else is said."""

FILLING = frozenset({
    "a", "ad", "admin", "and", "anh", "b", "ba", "bac", "ban", "buy", "c", "cam", "chau",
    "chi", "cho", "chu", "co", "con", "cua", "cung", "da", "de", "deu", "don", "dt", "dum",
    "e", "em", "for", "giao", "giup", "gui", "hai", "hang", "ho", "host", "i", "kem", "la",
    "len", "loai", "luon", "luong", "m", "ma", "me", "minh", "moi", "mon", "mua", "ngay",
    "nha", "nhe", "nhen", "nhoa", "nua", "oi", "ok", "oke", "on", "one", "pc", "pcs", "phan",
    "phone", "please", "pls", "qty", "s", "sdt", "ship", "shop", "sl", "so", "t", "take",
    "tel", "thank", "thanks", "the", "them", "thi", "toi", "va", "vang", "voi", "want", "x",
    "you", "个", "件", "份", "和", "我", "来", "盒", "谢谢",
})  # fmt: skip
"""What people write around an order."""

UNITS = frozenset({
    "bao", "bi", "bich", "bo", "cai", "cap", "cay", "chai", "chiec", "combo", "con", "cuon",
    "goi", "hop", "hu", "ky", "lang", "lo", "lon", "mieng", "ong", "pc", "pcs", "phan", "qua",
    "set", "suat", "thung", "to", "trai", "tui", "vi", "xau", "个", "件", "份", "盒",
})  # fmt: skip
"""What is counted, and makes a number before it a quantity."""

MULTIPLES = {
    "chuc": 10, "ta": 12,
}  # fmt: skip
"""A dozen and the like, after a number."""

NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6,
    "bay": 7, "tam": 8, "chin": 9, "muoi": 10, "one": 1, "two": 2, "three": 3,
    "一": 1, "两": 2, "二": 2, "三": 3,
}  # fmt: skip
"""Numbers in words; they count before a unit only."""

ASKING = frozenset({
    "bao", "chua", "dau", "gi", "gia", "ha", "hay", "hem", "hok", "hong", "how", "k", "kg",
    "khong", "ko", "may", "nao", "neu", "nhieu", "nhiu", "price", "sao", "what", "when",
    "which", "why", "什么", "几", "吗", "多少", "怎么",
})  # fmt: skip
"""Words of questions."""

ASKING_PAIRS = (
    "bao nhieu", "con hang", "the nao", "khi nao", "bao gio", "con khong", "con ko",
)  # fmt: skip
"""The same, of two words."""

REFUSING = frozenset({
    "bo", "cancel", "doi", "dung", "hoan", "hoi", "huy", "khoi", "no", "not", "thoi", "tra",
    "不", "别", "取消",
})  # fmt: skip
"""Words of whoever does not want it."""
