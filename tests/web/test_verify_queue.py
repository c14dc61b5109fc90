"""`chophien verify-queue`, on proofs that are right and on every way to make them wrong."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chophien.config import verify_queue
from chophien.config.cli import main
from chophien.domain.draws import commit, digest_entries, shuffle
from chophien.web.shared import proofs

OPENING = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
SEED = "5eed" * 16
PRESENT = [f"{number:016x}" for number in range(1, 41)]
LATE = [f"{number:016x}" for number in range(901, 911)]
TICK = timedelta(microseconds=1)


def make_proof():
    """A queue of forty who were present and ten who came later."""
    joined = {entry: OPENING - timedelta(hours=1) + n * TICK for n, entry in enumerate(PRESENT)}
    joined |= {entry: OPENING + n * TICK for n, entry in enumerate(LATE)}
    return {
        "format": "chophien-queue-1",
        "room": 7,
        "opens_at": OPENING.isoformat(),
        "seed_hash": commit(SEED),
        "seed": SEED,
        "entries_digest": digest_entries(PRESENT),
        "entrants": [
            {"entry": entry, "joined_at": joined[entry].isoformat(), "place": place}
            for place, entry in enumerate([*shuffle(SEED, PRESENT), *LATE])
        ],
    }


def write(path, proof):
    """One entrant a line, as the fair writes it."""
    head = {name: value for name, value in proof.items() if name != "entrants"}
    rows = ",\n".join(json.dumps(row) for row in proof["entrants"])
    path.write_text(json.dumps(head)[:-1] + ', "entrants": [\n' + rows + "\n]}\n")
    return str(path)


def verify(tmp_path, capsys, proof, *options):
    status = main(["verify-queue", write(tmp_path / "proof.json", proof), *options])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_right_queue_is_said_to_be_right(tmp_path, capsys):
    status, told, _ = verify(tmp_path, capsys, make_proof())

    assert status == 0
    assert told.startswith("RIGHT: 40 places follow from the seed, 10 from the order of coming;")
    assert commit(SEED) in told


def test_own_receipt_and_noted_hash_are_found(tmp_path, capsys):
    proof = make_proof()
    mine = proof["entrants"][4]["entry"]

    status, told, _ = verify(tmp_path, capsys, proof, "--entry", mine, "--seed-hash", commit(SEED))

    assert status == 0
    assert f"{mine} is number 5." in told


def change_seed(proof):
    proof["seed"] = "0" * 64


def change_seed_with_its_hash(proof):
    proof["seed"] = "0" * 64
    proof["seed_hash"] = commit("0" * 64)


def swap_places(proof):
    first, second = proof["entrants"][0], proof["entrants"][9]
    first["place"], second["place"] = second["place"], first["place"]


def add_entrant(proof):
    at = OPENING - timedelta(minutes=1)
    proof["entrants"].append({"entry": "f" * 16, "joined_at": at.isoformat(), "place": 50})


def add_entrant_with_places_and_digest_of_its_own_seed(proof):
    """Somebody at the organiser's puts a friend to the front and shifts all others."""
    for row in proof["entrants"]:
        row["place"] += 1
    at = OPENING - timedelta(minutes=1)
    proof["entrants"].insert(0, {"entry": "f" * 16, "joined_at": at.isoformat(), "place": 0})
    proof["entries_digest"] = digest_entries([*PRESENT, "f" * 16])


def remove_entrant(proof):
    del proof["entrants"][3]


def remove_last_of_those_present_and_close_the_gap(proof):
    del proof["entrants"][39]
    for place, row in enumerate(proof["entrants"]):
        row["place"] = place


def double_entrant(proof):
    proof["entrants"].append(dict(proof["entrants"][5], place=50))


def turn_latecomers_round(proof):
    first, second = proof["entrants"][44], proof["entrants"][45]
    first["place"], second["place"] = second["place"], first["place"]


def make_latecomer_present(proof):
    proof["entrants"][49]["joined_at"] = (OPENING - TICK).isoformat()


def give_one_instant_to_two(proof):
    proof["entrants"][45]["joined_at"] = proof["entrants"][44]["joined_at"]


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (change_seed, "seed: its hash is not seed_hash"),
        (change_seed_with_its_hash, "by the seed it is place"),
        (swap_places, "line 2: entry {0} has place 9; by the seed it is place 0"),
        (swap_places, "line 11: entry {9} has place 0; by the seed it is place 9"),
        (add_entrant, "one was added, removed or changed"),
        (add_entrant_with_places_and_digest_of_its_own_seed, "by the seed it is place"),
        (remove_entrant, "one was added, removed or changed"),
        (remove_entrant, "line 5: entry {4} has place 4; by the seed it is place 3"),
        (remove_last_of_those_present_and_close_the_gap, "one was added, removed or changed"),
        (double_entrant, "line 52: entry {5}, place 50, stands on line 7 already"),
        (turn_latecomers_round, "line 46: entry {44} has place 45; by the order of coming"),
        (make_latecomer_present, "one was added, removed or changed"),
        (give_one_instant_to_two, "line 47: entry {45}, place 45, joined at the same microsecond"),
    ],
    ids=lambda value: getattr(value, "__name__", "told"),
)
def test_planted_fault_is_found_and_named(tmp_path, capsys, plant, told):
    proof = make_proof()
    entries = [row["entry"] for row in proof["entrants"]]
    plant(proof)

    status, out, _ = verify(tmp_path, capsys, proof)

    assert status == 1
    assert told.format(*entries) in out
    assert "WRONG: " in out
    assert "RIGHT" not in out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--seed-hash", "0" * 64), "which was noted before"),
        (("--entry", "0" * 16), "entry 0000000000000000: is not in the file"),
    ],
)
def test_whole_queue_in_place_of_the_promised_one_is_found(tmp_path, capsys, options, told):
    status, out, _ = verify(tmp_path, capsys, make_proof(), *options)

    assert status == 1
    assert told in out


@pytest.mark.parametrize(
    ("case", "text", "told"),
    [
        ("no JSON", "{", "not JSON"),
        ("endless", "[" * 100_000, "not JSON"),
        ("a list", "[]", "not of the format chophien-queue-1"),
        ("another format", '{"format": "x"}', "not of the format chophien-queue-1"),
        ("no entrants", '{"format": "chophien-queue-1"}', "entrants: a list is needed"),
        (
            "an entrant that is none",
            '{"format": "chophien-queue-1", "seed": "' + "0" * 64 + '", "seed_hash": "' + "0" * 64
            + '", "entries_digest": "' + "0" * 64 + '", "opens_at": "2026-11-11T13:00:00+00:00",\n'
            '"entrants": [\n{"entry": "a", "joined_at": "2026-11-11T12:00:00", "place": 0}]}',
            "line 3: joined_at: an instant with its offset is needed",
        ),
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(tmp_path, capsys, case, text, told):
    path = tmp_path / "proof.json"
    path.write_text(text)

    assert main(["verify-queue", str(path)]) == 2
    answered = capsys.readouterr()
    assert answered.out == ""
    assert told in answered.err


def test_missing_file_is_refused(tmp_path, capsys):
    assert main(["verify-queue", str(tmp_path / "none.json")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_file_alone_checks_with_nothing_but_the_standard_library(tmp_path):
    """`-S -I`: no installed packages, and none of this program."""
    alone = tmp_path / "verify_queue.py"
    alone.write_text(Path(verify_queue.__file__).read_text())
    path = write(tmp_path / "proof.json", make_proof())

    done = subprocess.run(
        [sys.executable, "-S", "-I", str(alone), path], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("RIGHT: 40 places")


def test_fair_writes_the_format_that_is_checked():
    assert proofs.FORMAT == verify_queue.FORMAT


def test_many_faults_are_counted_and_the_first_are_shown(tmp_path, capsys):
    proof = make_proof()
    for row in proof["entrants"]:
        row["place"] += 1_000
    proof["seed"] = "0" * 64

    _, out, _ = verify(tmp_path, capsys, proof)

    assert out.splitlines()[-1] == "WRONG: 51 faults among 50 places. 1 more are not shown."
