"""`chophien verify-draw`, on proofs that are right and on every way to make them wrong."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.drawing import SEED, draw_out, make_draw, make_number, make_people, tap_all
from tests.factories import make_festival, make_room, make_sku, make_stall

from chophien.apps.draws.models import Entrant
from chophien.apps.draws.selectors import list_taking_part, list_wins
from chophien.config import verify_draw
from chophien.config.cli import main
from chophien.domain.draws import digest_entries
from chophien.domain.lucky import Rule, Terms, make_receipt, mix, order, promise, render_terms
from chophien.web.shared import draw_proofs

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STEPS = 10
NUMBERS = [f"{number:032x}" for number in range(1, 21)]
FRIEND = "f" * 32


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr(verify_draw, "STEPS_MIN", STEPS)


def make_proof(*, numbers=NUMBERS, winners=3, passed=0, seed=SEED):
    """A draw of twenty, three told and as many more as passed on."""
    terms = render_terms(
        Terms(
            kind="draw", rule=Rule(is_tap=True), prize="Hũ mật ong “ngon”", winners=winners,
            opens_at=AT, closes_at=AT + MINUTE, steps=STEPS,
        )
    )  # fmt: skip
    promised = promise(seed, terms)
    receipts = [make_receipt(promised, number) for number in numbers]
    digest = digest_entries(receipts)
    drawn = order(mix(seed, digest, steps=STEPS), receipts)
    states = ["passed_on"] * passed + ["claimed", "told", "expired"] * winners
    return {
        "format": "chophien-draw-1",
        "draw": 7,
        "promise": promised,
        "terms": json.loads(terms),
        "seed": seed,
        "entries_digest": digest,
        "mixed": mix(seed, digest, steps=STEPS),
        "frozen_at": (AT + MINUTE).isoformat(),
        "drawn_at": (AT + MINUTE + MINUTE / 60).isoformat(),
        "winners": [
            {"receipt": receipt, "state": state}
            for receipt, state in zip(drawn[: winners + passed], states, strict=False)
        ],
        "entrants": [
            {
                "receipt": receipt, "maker": "device", "place": place,
                "joined_at": (AT + MINUTE / 2).isoformat(),
            }
            for place, receipt in enumerate(drawn)
        ],
    }  # fmt: skip


def verify(tmp_path, capsys, proof, *options):
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    status = main(["verify-draw", str(path), *options])
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.mark.parametrize(
    "proof",
    [
        make_proof(),
        make_proof(passed=4),
        make_proof(numbers=NUMBERS[:2]),
        make_proof(numbers=[]),
        make_proof(numbers=NUMBERS[:5], winners=1, passed=4),
    ],
    ids=["plain", "passed on", "fewer than prizes", "nobody", "passed to the last"],
)
def test_right_draw_is_said_to_be_right_law_by_law(tmp_path, capsys, proof):
    status, told, _ = verify(tmp_path, capsys, proof)

    assert status == 0
    assert told.count("holds  ") == 7
    assert "WRONG" not in told
    assert told.splitlines()[-1].startswith(f"RIGHT: {len(proof['winners'])} told of")


def test_what_one_noted_oneself_is_found(tmp_path, capsys):
    proof = make_proof()
    mine = make_receipt(proof["promise"], NUMBERS[4])
    place = next(row["place"] for row in proof["entrants"] if row["receipt"] == mine)

    status, told, _ = verify(
        tmp_path, capsys, proof, "--promise", proof["promise"].upper(),
        "--digest", proof["entries_digest"], "--receipt", mine, "--number", NUMBERS[4],
    )  # fmt: skip

    assert status == 0
    assert told.count("holds  ") == 11
    assert f"Your receipt {mine} is number {place + 1} in the drawn order." in told


@pytest.mark.parametrize("option", ["--promise", "--digest", "--receipt", "--number"])
def test_what_one_noted_and_is_not_there_is_told(tmp_path, capsys, option):
    proof = make_proof()

    status, told, _ = verify(tmp_path, capsys, proof, option, "ab" * 16)

    assert status == 1
    assert told.count("WRONG  ") == 1
    assert "WRONG: 1 of the laws do not hold." in told


def change_seed(proof):
    proof["seed"] = "0" * 64


def change_prize(proof):
    proof["terms"]["prize"] = "Hũ mật"


def change_winner_count(proof):
    proof["terms"]["winners"] = 4


def close_later(proof):
    proof["terms"]["closes_at"] = (AT + 2 * MINUTE).isoformat()
    proof["frozen_at"] = (AT + 2 * MINUTE).isoformat()
    proof["drawn_at"] = (AT + 3 * MINUTE).isoformat()


def choose_another_seed_with_its_promise(proof):
    """As if it had been promised: only who noted the promise can tell; the receipts cannot."""
    proof.update(make_proof(seed="a" * 64, numbers=[]) | {"entrants": proof["entrants"]})


def add_friend_after_closing(proof):
    proof["entrants"].append(
        {"receipt": FRIEND, "maker": "device", "place": 20, "joined_at": AT.isoformat()}
    )


def add_friend_in_front_with_places_and_digest(proof):
    """All is shifted and the digest is made anew: the result is another one."""
    for row in proof["entrants"]:
        row["place"] += 1
    proof["entrants"].insert(
        0, {"receipt": FRIEND, "maker": "device", "place": 0, "joined_at": AT.isoformat()}
    )
    proof["entries_digest"] = digest_entries([row["receipt"] for row in proof["entrants"]])


def remove_loser(proof):
    del proof["entrants"][15]
    for place, row in enumerate(proof["entrants"]):
        row["place"] = place


def change_receipt(proof):
    proof["entrants"][2]["receipt"] = FRIEND


def double_entrant(proof):
    proof["entrants"].append(dict(proof["entrants"][3], place=20))


def swap_places(proof):
    first, last = proof["entrants"][0], proof["entrants"][19]
    first["place"], last["place"] = last["place"], first["place"]


def tell_somebody_else(proof):
    proof["winners"][1]["receipt"] = proof["entrants"][9]["receipt"]


def leave_a_winner_out(proof):
    del proof["winners"][1]


def tell_one_more(proof):
    proof["winners"].append({"receipt": proof["entrants"][3]["receipt"], "state": "told"})


def tell_twice(proof):
    proof["winners"].append(dict(proof["winners"][0]))


def pass_on_to_nobody(proof):
    proof["winners"][0]["state"] = "passed_on"


def change_result(proof):
    proof["mixed"] = "0" * 64


def mix_too_little(proof):
    """Terms, promise and result fit each other, but trying was cheap."""
    proof["terms"]["steps"] = 1
    terms = json.dumps(proof["terms"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    proof["promise"] = promise(SEED, terms)
    proof["mixed"] = mix(SEED, proof["entries_digest"], steps=1)


def join_after_closing(proof):
    proof["entrants"][5]["joined_at"] = (AT + 2 * MINUTE).isoformat()


def join_before_opening(proof):
    proof["entrants"][5]["joined_at"] = (AT - MINUTE).isoformat()


def freeze_before_closing(proof):
    proof["frozen_at"] = AT.isoformat()


def draw_before_freezing(proof):
    proof["drawn_at"] = proof["frozen_at"]


PROMISE = "seed and terms are those that were promised"
TIME = "everybody took part between opening and closing"
ORDER = "list, seed and result were published one after the other"
LIST = "the list is the one that was frozen"
MIX = "the result is made of seed and list, by steps enough"
DRAWN = "the drawn order follows from the result"
TOLD = "those who were told are the first of the drawn order"


@pytest.mark.parametrize(
    ("plant", "broken"),
    [
        (change_seed, {PROMISE, MIX}),
        (change_prize, {PROMISE}),
        (change_winner_count, {PROMISE, TOLD}),
        (close_later, {PROMISE}),
        (choose_another_seed_with_its_promise, {LIST, DRAWN, TOLD}),
        (add_friend_after_closing, {LIST, DRAWN}),
        (add_friend_in_front_with_places_and_digest, {MIX, DRAWN, TOLD}),
        (remove_loser, {LIST}),
        (change_receipt, {LIST, DRAWN, TOLD}),
        (double_entrant, {LIST, DRAWN}),
        (swap_places, {DRAWN, TOLD}),
        (tell_somebody_else, {TOLD}),
        (leave_a_winner_out, {TOLD}),
        (tell_one_more, {TOLD}),
        (tell_twice, {TOLD}),
        (pass_on_to_nobody, {TOLD}),
        (change_result, {MIX, DRAWN}),
        (mix_too_little, {MIX, DRAWN}),
        (join_after_closing, {TIME}),
        (join_before_opening, {TIME}),
        (freeze_before_closing, {ORDER}),
        (draw_before_freezing, {ORDER}),
    ],
    ids=lambda value: getattr(value, "__name__", "laws"),
)
def test_planted_fault_breaks_just_its_laws(tmp_path, capsys, plant, broken):
    proof = make_proof()
    plant(proof)

    status, told, _ = verify(tmp_path, capsys, proof)

    assert status == 1
    found = {line[7:] for line in told.splitlines() if line.startswith("WRONG  ")}
    assert found == broken
    assert told.splitlines()[-1].startswith(f"WRONG: {len(found)} of the laws")


def test_friend_added_with_a_new_result_is_told_by_the_digest_that_was_noted(tmp_path, capsys):
    """All is worked out anew with one more: a proof that is right, of another list."""
    noted = make_proof()
    forged = make_proof(numbers=[*NUMBERS, "ab" * 16])

    status, _, _ = verify(tmp_path, capsys, forged)
    assert status == 0
    status, told, _ = verify(tmp_path, capsys, forged, "--digest", noted["entries_digest"])

    assert status == 1
    assert "WRONG  the list is the one that you noted" in told


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", '{"format": "chophien-queue-1"}', "[" * 100_000,
        json.dumps(make_proof() | {"seed": "xyz"}),
        json.dumps(make_proof() | {"terms": []}),
        json.dumps(make_proof() | {"terms": {}}),
        json.dumps(make_proof() | {"entrants": [1]}),
        json.dumps(make_proof() | {"winners": [{"receipt": "ab" * 16, "state": "chosen"}]}),
        json.dumps(make_proof() | {"drawn_at": "yesterday"}),
        json.dumps(make_proof() | {"drawn_at": "2026-11-11T13:00:00"}),
        json.dumps(make_proof() | {"entrants": [{"receipt": "ab" * 16, "place": True}]}),
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_proof_is_refused_with_another_status(tmp_path, capsys, content):
    path = tmp_path / "proof.json"
    path.write_text(content)

    assert main(["verify-draw", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(str(path))


def test_steps_without_end_are_not_worked_out(tmp_path, capsys):
    proof = make_proof()
    proof["terms"]["steps"] = 10**15

    status, told, _ = verify(tmp_path, capsys, proof)

    assert status == 1
    assert f"steps: {10**15} is not from" in told


def test_checker_runs_alone_with_nothing_but_python(tmp_path):
    """Of the program's own it needs nothing: `-I` leaves its folders out of the path."""
    proof = make_proof()
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    (tmp_path / "verify_draw.py").write_text(Path(verify_draw.__file__).read_text())

    ran = subprocess.run(
        [sys.executable, "-I", "-S", "verify_draw.py", "proof.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    # Alone it asks for a million steps: these proofs have ten.
    assert ran.returncode == 1
    assert ran.stdout.count("holds  ") == 6


def test_proof_that_the_fair_writes_holds(tmp_path, capsys, db):
    room = make_room(make_festival(), make_sku(make_stall()))
    people = make_people(30)
    drawing = make_draw(room, winners=4)
    tap_all(drawing, people)
    draw_out(drawing)
    drawn = list_taking_part(drawing.pk)
    path = tmp_path / "proof.json"
    path.write_text("".join(draw_proofs.render_proof(drawing, drawn, list_wins(drawing.pk))))
    mine = Entrant.objects.get(user_id=people[3])

    status = main(
        ["verify-draw", str(path), "--promise", drawing.promise, "--number",
         make_number(people[3])]
    )  # fmt: skip

    told = capsys.readouterr().out
    assert status == 0, told
    assert f"Your receipt {mine.receipt} is number {mine.place + 1}" in told
    assert all(name not in path.read_text() for name in ("person-", "username", "user"))
