from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.media.playlist import (
    Entry,
    Part,
    Playlist,
    PlaylistError,
    parse_playlist,
    render_playlist,
)

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
FIFTH = 18_000


def parts(count: int) -> tuple[Part, ...]:
    return tuple(Part(duration_ticks=FIFTH, is_independent=index == 0) for index in range(count))


def entry(sequence: int, *, init: int = 0, fresh: bool = False, count: int = 5) -> Entry:
    return Entry(
        sequence=sequence,
        init_uri=f"init-{init}.mp4",
        duration_ticks=count * FIFTH,
        starts_at=AT + timedelta(seconds=sequence),
        is_discontinuous=fresh,
        parts=parts(count),
    )


def build(*entries: Entry, window: int = 30, target_s: int = 1) -> Playlist:
    playlist = Playlist(target_s=target_s, part_ticks_max=19_800)
    for each in entries:
        playlist = playlist.append(each, window=window)
    return playlist


def test_render_writes_what_a_player_needs():
    playlist = build(entry(0), entry(1, init=1, fresh=True, count=2))

    assert render_playlist(playlist.show(entry(2, init=1, count=1))) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:9\n"
        "#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.0,PART-HOLD-BACK=1.000\n"
        "#EXT-X-PART-INF:PART-TARGET=0.220000\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        '#EXT-X-MAP:URI="init-0.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-11T13:00:00.000+00:00\n"
        '#EXT-X-PART:DURATION=0.200000,URI="part-0.0.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.200000,URI="part-0.1.m4s"\n'
        '#EXT-X-PART:DURATION=0.200000,URI="part-0.2.m4s"\n'
        '#EXT-X-PART:DURATION=0.200000,URI="part-0.3.m4s"\n'
        '#EXT-X-PART:DURATION=0.200000,URI="part-0.4.m4s"\n'
        "#EXTINF:1.000000,\n"
        "seg-0.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="init-1.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-11T13:00:01.000+00:00\n"
        '#EXT-X-PART:DURATION=0.200000,URI="part-1.0.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.200000,URI="part-1.1.m4s"\n'
        "#EXTINF:0.400000,\n"
        "seg-1.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-11T13:00:02.000+00:00\n"
        '#EXT-X-PART:DURATION=0.200000,URI="part-2.0.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-2.1.m4s"\n'
    )


def test_parts_are_listed_near_the_end_only():
    text = render_playlist(build(*(entry(sequence) for sequence in range(8))))

    # Three target durations of a second: the segments that end within them, and the one at the edge.
    named = {
        int(line.split("part-")[1].split(".")[0]) for line in text.splitlines() if "-PART:" in line
    }
    assert named == {4, 5, 6, 7}


def test_a_delta_leaves_out_what_is_old_and_goes_on_where_it_stops():
    playlist = build(*(entry(sequence) for sequence in range(20)))
    whole, delta = render_playlist(playlist), render_playlist(playlist, is_delta=True)

    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=13\n" in delta
    assert "seg-12.m4s" not in delta
    assert "#EXT-X-MAP" not in delta, "the init has not changed"
    rest = delta.split("SKIPPED-SEGMENTS=13\n")[1]
    assert whole.endswith(rest)


def test_a_delta_of_a_short_playlist_is_the_whole():
    playlist = build(entry(0), entry(1))

    assert render_playlist(playlist, is_delta=True) == render_playlist(playlist)


def test_the_oldest_leave_the_window():
    playlist = build(*(entry(sequence) for sequence in range(5)), window=3)

    assert [each.sequence for each in playlist.entries] == [2, 3, 4]
    assert "#EXT-X-MEDIA-SEQUENCE:2\n" in render_playlist(playlist)


def test_a_long_segment_raises_the_target():
    playlist = build(entry(0), entry(1, count=17))

    assert playlist.target_s == 3


@pytest.mark.parametrize(
    ("sequence", "part", "there"),
    [(1, None, True), (1, 9, True), (2, 0, True), (2, 1, True), (2, 2, False), (2, None, False),
     (3, 0, False)],
)  # fmt: skip
def test_it_knows_what_it_has(sequence, part, there):
    playlist = build(entry(0), entry(1)).show(entry(2, count=2))

    assert playlist.has(sequence, part) is there


def test_a_discontinuity_is_counted_when_it_leaves_and_not_before():
    marked = [entry(0), entry(1, fresh=True), entry(2), entry(3)]

    assert build(*marked, window=3).discontinuity_sequence == 0
    assert build(*marked, entry(4), window=3).discontinuity_sequence == 1


def test_append_refuses_a_gap_in_the_numbers():
    with pytest.raises(ValueError, match="segment 2 cannot follow 0"):
        build(entry(0), entry(2))


def test_an_emptied_playlist_goes_on_with_its_numbers():
    emptied = build(entry(0), entry(1, fresh=True)).show(entry(2, fresh=True)).emptied()

    assert emptied.entries == ()
    assert emptied.next_sequence == 3, "players have seen parts of 2"
    assert emptied.discontinuity_sequence == 2
    assert parse_playlist(render_playlist(emptied)) == emptied


@pytest.mark.parametrize(
    "text",
    ["", "hello", "#EXTM3U\n", "#EXTM3U\n#EXT-X-TARGETDURATION:1\nother.ts\n",
     render_playlist(build(entry(0)))[:-1],
     render_playlist(build(entry(0))).replace("DURATION=0", "DURATION=x")],
)  # fmt: skip
def test_parse_refuses_what_it_never_wrote(text):
    with pytest.raises(PlaylistError):
        parse_playlist(text)


@given(
    counts=st.lists(st.integers(min_value=1, max_value=9), max_size=8),
    ticks=st.integers(min_value=1, max_value=900_000),
    fresh=st.sets(st.integers(min_value=0, max_value=7)),
    begun=st.integers(min_value=0, max_value=4),
)
def test_what_was_written_is_read_back(counts, ticks, fresh, begun):
    playlist = Playlist(target_s=100, part_ticks_max=ticks)
    for sequence, count in enumerate([*counts, begun]):
        added = Entry(
            sequence=sequence,
            init_uri=f"init-{max([0, *(f for f in fresh if f <= sequence)])}.mp4",
            duration_ticks=count * ticks,
            starts_at=AT + timedelta(milliseconds=sequence),
            is_discontinuous=sequence in fresh,
            parts=tuple(Part(duration_ticks=ticks, is_independent=False) for _ in range(count)),
        )
        if sequence < len(counts):
            playlist = playlist.append(added, window=5)
        elif count:
            playlist = playlist.show(added)

    found = parse_playlist(render_playlist(playlist))

    assert found.entries == playlist.entries
    assert found.unfinished == playlist.unfinished
    assert found.next_part == playlist.next_part
    assert found.discontinuity_sequence == playlist.discontinuity_sequence
