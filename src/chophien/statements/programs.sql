-- What the media process asks about shows that come in, and what it tells of them. All by the
-- fair's clock, `fair_now()`.

-- name: find_shows
-- These shows, with what keeps them off the air.
SELECT show.id AS show_id, room.id AS room_id, show.title_vi AS title, show.starts_at, show.ends_at,
    host.id AS host_id, host.is_ai, host.person_id, fair_now() AS at,
    show_hindrances(show.id, fair_now()) AS hindrances
FROM programme_show show
JOIN programme_host host ON host.id = show.host_id
JOIN live_room room ON room.show_id = show.id
WHERE show.id = ANY (:show_ids::bigint[]);

-- name: write_on_air
-- How a show's program stands.
INSERT INTO broadcast_onair (
    show_id, state, source, since, on_air_since, bitrate_bps, epochs, fault, reported_at)
SELECT show.id, :state, :source, :since, :on_air_since, :bitrate_bps, :epochs, :fault, fair_now()
FROM programme_show show WHERE show.id = :show_id
ON CONFLICT (show_id) DO UPDATE SET
    state = excluded.state, source = excluded.source, since = excluded.since,
    on_air_since = excluded.on_air_since, bitrate_bps = excluded.bitrate_bps,
    epochs = excluded.epochs, fault = excluded.fault, reported_at = excluded.reported_at;

-- name: notify
-- Tell every page and process.
SELECT pg_notify('chophien', :payload);
