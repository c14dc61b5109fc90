"""`chophien crowd`: made-up visitors who watch and buy over HTTP, so that one sees the fair alive.

Bounded in number and time, and only ever against this machine.
"""

import asyncio
import ipaddress
import random
import re
import socket
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

BUYERS_MAX = 1_000
SECONDS_MAX = 600
THINK_S = (1.0, 6.0)
REQUEST_S_MAX = 20.0
REPORT_S = 5.0
PATIENCE_FAULTS = 3  # a visitor who gets this many errors in a row goes home

_GOODS = re.compile(r'href="/goods/([\w-]+)/"')
_ROOM = re.compile(r'href="/live/(\d+)/"')
_SKU = re.compile(r'name="sku" value="(\d+)"')
_VIDEO = re.compile(r'data-video="([^"]+)index\.m3u8"')
_SEGMENT = re.compile(r"^(seg-\d+\.m4s)$", re.MULTILINE)
_FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_PROVINCE = re.compile(r'<option value="(\d+)"')
_WORDS = {"name": re.compile(r'name="([^"]+)"'), "value": re.compile(r'value="([^"]*)"')}

PEOPLE = ("Nguyễn Thị Hoa", "Trần Văn Nam", "Lê Thị Bưởi", "Phạm Minh Đức", "Hồ Thị Sen")


@dataclass(slots=True)
class Tally:
    """What the crowd did and met."""

    requests: int = 0
    orders: int = 0
    paid: int = 0
    refusals: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    waits_ms: list[float] = field(default_factory=list)


def run_crowd(*, url: str, buyers: int, seconds: int, seed: int) -> int:
    """Send the crowd in and say what came of it; 1 when anything failed, 2 when misused."""
    if not (1 <= buyers <= BUYERS_MAX and 1 <= seconds <= SECONDS_MAX):
        print(f"crowd: 1 to {BUYERS_MAX} buyers, 1 to {SECONDS_MAX} seconds", file=sys.stderr)
        return 2
    if not is_loopback(url):
        print("crowd: only addresses of this machine (localhost) are allowed", file=sys.stderr)
        return 2
    tally = asyncio.run(_visit(url.rstrip("/"), buyers, seconds, seed))
    print(describe(tally, seconds))
    return 1 if tally.faults else 0


def is_loopback(url: str) -> bool:
    """Whether every address of the url's host is this machine's own."""
    host = urlsplit(url).hostname
    if host is None:
        return False
    try:
        found = socket.getaddrinfo(host, None)
    except socket.gaierror:
        return False
    return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)


def describe(tally: Tally, seconds: int) -> str:
    waits = sorted(tally.waits_ms) or [0.0]
    lines = [
        (
            f"{tally.requests} requests in {seconds} s, {tally.orders} orders, {tally.paid} paid, "
            f"{tally.refusals} refused (sold out or price moved)"
        ),
        (
            f"waits: median {statistics.median(waits):.0f} ms, "
            f"p99 {waits[int(len(waits) * 0.99)]:.0f} ms"
        ),
    ]
    lines += [f"fault: {fault} ({count} times)" for fault, count in tally.faults.most_common(5)]
    return "\n".join(lines)


async def _visit(url: str, buyers: int, seconds: int, seed: int) -> Tally:
    tally = Tally()
    deadline = time.monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_report(tally, deadline))
        for number in range(buyers):
            visitor = Visitor(
                url=url,
                dice=random.Random(f"{seed}:{number}"),
                tally=tally,
            )
            tasks.create_task(visitor.stay(deadline))
    return tally


async def _report(tally: Tally, deadline: float) -> None:
    while (left := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(REPORT_S, left))
        print(
            f"  {max(deadline - time.monotonic(), 0):3.0f} s left: {tally.requests} requests, "
            f"{tally.orders} orders, {tally.paid} paid",
            flush=True,
        )


class FaultError(RuntimeError):
    """The fair answered what it should not."""


class Visitor:
    """One made-up person with a phone."""

    def __init__(self, *, url: str, dice: random.Random, tally: Tally) -> None:
        self._url = url
        self._dice = dice
        self._tally = tally

    async def stay(self, deadline: float) -> None:
        """Come in at some moment, look around and buy until the time is over."""
        await asyncio.sleep(self._dice.uniform(0, min(THINK_S[1], deadline - time.monotonic())))
        faults = 0
        while time.monotonic() < deadline and faults < PATIENCE_FAULTS:
            try:
                async with httpx.AsyncClient(
                    base_url=self._url, timeout=REQUEST_S_MAX, follow_redirects=True
                ) as browser:
                    await self._shop(browser, deadline)
                faults = 0
            except (httpx.HTTPError, FaultError) as fault:
                faults += 1
                self._tally.faults[f"{type(fault).__name__}: {fault}"[:120]] += 1

    async def _shop(self, browser: httpx.AsyncClient, deadline: float) -> None:
        home = await self._get(browser, "/")
        await self._watch(browser, home)
        goods = sorted(set(_GOODS.findall(home))) or [None]
        for slug in self._dice.sample(goods, k=min(len(goods), self._dice.randint(1, 3))):
            if slug is None or time.monotonic() > deadline:
                return
            page = await self._get(browser, f"/goods/{slug}/")
            skus = _SKU.findall(page)
            if skus:
                form = {"sku": self._dice.choice(skus), "quantity": str(self._dice.randint(1, 2))}
                await self._post(browser, "/cart/add/", form)
            await self._think()
        if self._dice.random() < 0.8:  # noqa: PLR2004 - the rest only look
            await self._buy(browser)

    async def _watch(self, browser: httpx.AsyncClient, home: str) -> None:
        """Look into a room as a player does: the page, the playlist, its newest segment."""
        rooms = _ROOM.findall(home)
        if not rooms:
            return
        page = await self._get(browser, f"/live/{rooms[0]}/")
        video = _VIDEO.search(page)
        if video is not None:
            folder = f"{video[1]}main/"
            segments = _SEGMENT.findall(await self._get(browser, f"{folder}live.m3u8"))
            for segment in segments[-2:]:
                await self._get(browser, f"{folder}{segment}", is_text=False)
        await self._think()

    async def _buy(self, browser: httpx.AsyncClient) -> None:
        page = await self._get(browser, "/checkout/")
        hidden = _read_hidden(page)
        if "idempotency_key" not in hidden:
            self._tally.refusals += 1  # the cart has nothing that can be bought
            return
        await self._think()
        form = hidden | {
            "recipient": self._dice.choice(PEOPLE),
            "phone": f"09{self._dice.randrange(10**8):08d}",
            "province": self._dice.choice(_PROVINCE.findall(page)),
            "ward": "Phường Một",
            "street": f"{self._dice.randint(1, 300)} Lê Lợi",
            "method": "test_bank",
        }
        answer = await self._post(browser, "/checkout/", form, allowed={409})
        if "/test-bank/" not in str(answer.url):
            self._tally.refusals += 1
            return
        self._tally.orders += 1
        await self._think()
        await self._post(browser, str(answer.url.path), {})
        self._tally.paid += 1

    async def _get(self, browser: httpx.AsyncClient, path: str, *, is_text: bool = True) -> str:
        response = await self._ask(browser, "GET", path)
        _require(response, set())
        return response.text if is_text else ""

    async def _post(
        self,
        browser: httpx.AsyncClient,
        path: str,
        form: dict[str, str],
        allowed: set[int] | None = None,
    ) -> httpx.Response:
        token = browser.cookies.get("csrftoken") or ""
        response = await self._ask(
            browser, "POST", path, data=form | {"csrfmiddlewaretoken": token}
        )
        _require(response, allowed or set())
        return response

    async def _ask(
        self,
        browser: httpx.AsyncClient,
        method: str,
        path: str,
        data: dict[str, str] | None = None,
    ) -> httpx.Response:
        began = time.perf_counter()
        response = await browser.request(method, path, data=data)
        self._tally.requests += 1
        self._tally.waits_ms.append((time.perf_counter() - began) * 1000)
        return response

    async def _think(self) -> None:
        await asyncio.sleep(self._dice.uniform(*THINK_S))


def _require(response: httpx.Response, allowed: set[int]) -> None:
    if response.is_error and response.status_code not in allowed:
        raise FaultError(f"{response.status_code} at {response.request.url.path}")


def _read_hidden(page: str) -> dict[str, str]:
    fields = {}
    for tag in _FIELD.findall(page):
        name, value = _WORDS["name"].search(tag), _WORDS["value"].search(tag)
        if name is not None and value is not None:
            fields[name.group(1)] = value.group(1)
    return fields
