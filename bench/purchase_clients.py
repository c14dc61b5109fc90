"""Buyers of `make bench-purchase`: raw HTTP over kept connections, as cheap as Python has it."""

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_NAME, _VALUE = re.compile(r'name="([^"]+)"'), re.compile(r'value="([^"]*)"')
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


@dataclass(slots=True)
class Answer:
    """One answer: its head is kept as bytes, for most buyers only want the status."""

    status: int
    head: bytes
    body: bytes

    def read(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


class FaultError(RuntimeError):
    """The fair answered what it should not."""


@dataclass(slots=True)
class Tally:
    """What came of it."""

    purchase_ms: list[float] = field(default_factory=list)
    step_ms: dict[str, list[float]] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)

    def note(self, step: str, since_s: float) -> None:
        self.step_ms.setdefault(step, []).append((time.perf_counter() - since_s) * 1000)


class Line:
    """One kept connection. `address` is what a proxy in front would tell of the buyer."""

    def __init__(self, port: int, address: str) -> None:
        self._port = port
        self._own = f"Host: localhost:{port}\r\nX-Forwarded-For: {address}\r\n"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, kind: str = _JSON, more: str = ""
    ) -> Answer:
        """Send one request and read its answer."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        head = f"{method} {path} HTTP/1.1\r\n{self._own}{more}"
        if method != "GET":
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(head.encode() + b"\r\n" + body)
        start = await self._reader.readuntil(b"\r\n\r\n")
        lowered = start.lower()
        at = lowered.find(b"content-length:")
        size = 0 if at < 0 else int(lowered[at + 15 : lowered.index(b"\r\n", at)])
        content = await self._reader.readexactly(size) if size else b""
        return Answer(int(start[9:12]), start, content)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@dataclass(slots=True)
class Buyer:
    """Somebody who buys by the API, each time as another guest."""

    line: Line
    number: int
    province: int
    tally: Tally
    token: str = ""
    due: int = 0
    made: int = 0

    async def buy(self, sku: int) -> None:
        """One whole purchase: put in the cart, see what it costs, order, pay."""
        began = time.perf_counter()
        await self.choose(sku)
        link = await self.order()
        if link is None:
            return  # a flash price ran out meanwhile: told, counted, no purchase
        await self._step("pay", "POST", f"/api/orders/{link}/test-bank", b"{}")
        self.tally.purchase_ms.append((time.perf_counter() - began) * 1000)

    async def choose(self, sku: int) -> None:
        """Put a unit in a new cart and see what it costs."""
        body = b'{"sku":%d,"quantity":1}' % sku
        kept = await self._step("put", "POST", "/api/cart/lines", body)
        self.token = f"Authorization: Bearer {kept.read()['token']}\r\n"
        quoted = await self._step("quote", "GET", "/api/cart")
        self.due = quoted.read()["due"]

    async def order(self) -> str | None:
        """Press the button; the order's token, `None` when it was refused."""
        self.made += 1
        wanted = {
            "key": str(uuid.uuid4()), "due": self.due, "method": "test_bank",
            "address": {
                "recipient": "Nguyễn Thị Hoa", "province": self.province, "ward": "Phường Một",
                "phone": f"09{self.number:03d}{self.made:05d}", "street": "12 Lê Lợi",
            },
        }  # fmt: skip
        answer = await self._step("order", "POST", "/api/orders", json.dumps(wanted).encode())
        if answer.status == 409:
            self.tally.refusals[answer.read()["error"]["code"]] += 1
            return None
        return str(answer.read()["token"])

    async def _step(self, name: str, method: str, path: str, body: bytes = b"") -> Answer:
        began = time.perf_counter()
        more = "" if name in {"put", "pay"} else self.token
        answer = await self.line.ask(method, path, body, more=more)
        while answer.status == 503:  # busy: the answer says to send it again
            self.tally.refusals["busy"] += 1
            answer = await self.line.ask(method, path, body, more=more)
        if answer.status >= 400 and (name != "order" or answer.status != 409):
            raise FaultError(f"{answer.status} at {path}: {answer.body[:200]!r}")
        self.tally.note(name, began)
        return answer


@dataclass(slots=True)
class Browser:
    """Somebody who buys by the pages, as a browser would: forms, cookies, redirects."""

    line: Line
    number: int
    tally: Tally
    cookies: dict[str, str] = field(default_factory=dict)
    made: int = 0

    async def buy(self, goods: tuple[int, str], province: int) -> None:
        """One whole purchase, as another guest each time; of a sku and its page's name."""
        sku, slug = goods
        self.cookies.clear()
        began = time.perf_counter()
        await self._open(f"/goods/{slug}/")
        await self._send("/cart/add/", {"sku": str(sku), "quantity": "1"})
        await self._open("/cart/")
        page = await self._open("/checkout/")
        self.made += 1
        form = read_hidden(page.body.decode()) | {
            "recipient": "Nguyễn Thị Hoa", "phone": f"09{self.number:03d}{self.made:05d}",
            "province": str(province), "ward": "Phường Một", "street": "12 Lê Lợi", "note": "",
            "method": "test_bank",
        }  # fmt: skip
        bank = await self._send("/checkout/", form)
        await self._open(bank)
        await self._open(await self._send(bank, {}))
        self.tally.purchase_ms.append((time.perf_counter() - began) * 1000)

    async def _open(self, path: str) -> Answer:
        answer = await self.line.ask("GET", path, more=self._cookie())
        self._keep(answer)
        if answer.status != 200:
            raise FaultError(f"{answer.status} at {path}")
        return answer

    async def _send(self, path: str, form: dict[str, str]) -> str:
        """Send a form; where its answer leads."""
        fields = form | {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        body = "&".join(f"{name}={_quote(value)}" for name, value in fields.items()).encode()
        answer = await self.line.ask("POST", path, body, kind=_FORM, more=self._cookie())
        self._keep(answer)
        where = re.search(rb"\r\nlocation: ([^\r]+)", answer.head, re.IGNORECASE)
        if where is None:
            raise FaultError(f"{answer.status} at {path}")
        return where[1].decode()

    def _cookie(self) -> str:
        if not self.cookies:
            return ""
        return f"Cookie: {'; '.join(f'{name}={value}' for name, value in self.cookies.items())}\r\n"

    def _keep(self, answer: Answer) -> None:
        for name, value in re.findall(
            rb"\r\nset-cookie: ([^=]+)=([^;\r]*)", answer.head, re.IGNORECASE
        ):
            self.cookies[name.decode()] = value.decode()


def _quote(text: str) -> str:
    return "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}"
        for byte in text.encode()
    )


def read_hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    fields = {}
    for tag in _HIDDEN.findall(page):
        name, value = _NAME.search(tag), _VALUE.search(tag)
        if name is not None and value is not None:
            fields[name[1]] = value[1]
    return fields
