from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.media.playlist import (
    Entry,
    Playlist,
    PlaylistError,
    parse_playlist,
    render_playlist,
)

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)


def entry(sequence: int, *, init: int = 0, fresh: bool = False) -> Entry:
    return Entry(
        sequence=sequence,
        init_uri=f"init-{init}.mp4",
        duration_samples=48_000,
        starts_at=AT + timedelta(seconds=sequence),
        is_discontinuous=fresh,
    )


def build(*entries: Entry, window: int = 12) -> Playlist:
    playlist = Playlist(target_s=1)
    for each in entries:
        playlist = playlist.append(each, window=window)
    return playlist


def test_render_writes_what_a_player_needs():
    text = render_playlist(build(entry(0), entry(1, init=1, fresh=True)))

    assert text == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        '#EXT-X-MAP:URI="init-0.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-11T13:00:00.000+00:00\n"
        "#EXTINF:1.000000,\n"
        "seg-0.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="init-1.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-11T13:00:01.000+00:00\n"
        "#EXTINF:1.000000,\n"
        "seg-1.m4s\n"
    )


def test_the_oldest_leave_the_window():
    playlist = build(*(entry(sequence) for sequence in range(5)), window=3)

    assert [each.sequence for each in playlist.entries] == [2, 3, 4]
    assert "#EXT-X-MEDIA-SEQUENCE:2\n" in render_playlist(playlist)


def test_a_discontinuity_is_counted_when_it_leaves_and_not_before():
    marked = [entry(0), entry(1, fresh=True), entry(2), entry(3)]

    assert build(*marked, window=3).discontinuity_sequence == 0
    assert build(*marked, entry(4), window=3).discontinuity_sequence == 1


def test_append_refuses_a_gap_in_the_numbers():
    with pytest.raises(ValueError, match="segment 2 cannot follow 0"):
        build(entry(0), entry(2))


def test_an_emptied_playlist_goes_on_with_its_numbers():
    emptied = build(entry(0), entry(1, fresh=True)).emptied()

    assert emptied.entries == ()
    assert emptied.next_sequence == 2
    assert emptied.discontinuity_sequence == 1
    assert parse_playlist(render_playlist(emptied)) == emptied


@pytest.mark.parametrize(
    "text",
    ["", "hello", "#EXTM3U\n", "#EXTM3U\n#EXT-X-TARGETDURATION:1\nother.ts\n"],
)
def test_parse_refuses_what_it_never_wrote(text):
    with pytest.raises(PlaylistError):
        parse_playlist(text)


@given(
    durations=st.lists(st.integers(min_value=1, max_value=48_000 * 10), max_size=8),
    fresh=st.sets(st.integers(min_value=0, max_value=7)),
)
def test_what_was_written_is_read_back(durations, fresh):
    playlist = Playlist(target_s=1)
    for sequence, duration in enumerate(durations):
        added = Entry(
            sequence=sequence,
            init_uri=f"init-{max([0, *(f for f in fresh if f <= sequence)])}.mp4",
            duration_samples=duration,
            starts_at=AT + timedelta(milliseconds=sequence),
            is_discontinuous=sequence in fresh,
        )
        playlist = playlist.append(added, window=5)

    found = parse_playlist(render_playlist(playlist))

    assert found.entries == playlist.entries
    assert found.next_sequence == playlist.next_sequence
    assert found.discontinuity_sequence == playlist.discontinuity_sequence
