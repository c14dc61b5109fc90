-- What the media processes ask and write: who may publish by RTMP, where a show is sent to, and
-- how it goes there. All by the fair's clock, `fair_now()`.

-- name: admit_publisher
-- The host of a stream key and the show it is good for now: the one on air, else the next that
-- begins within `:early`. No row: the key is wrong, old, or of a host without a show.
SELECT key.id AS key_id, key.host_id, show.id AS show_id,
    show_hindrances(show.id, fair_now()) AS hindrances
FROM broadcast_streamkey key
JOIN programme_host host ON host.id = key.host_id AND NOT host.is_ai
LEFT JOIN LATERAL (
    SELECT each.id FROM programme_show each
    WHERE each.host_id = key.host_id AND each.cancelled_at IS NULL
      AND each.starts_at <= fair_now() + :early::interval AND each.ends_at > fair_now()
    ORDER BY each.starts_at, each.id LIMIT 1
) show ON true
WHERE key.digest = :digest AND key.ended_at IS NULL;

-- name: check_publishers
-- Which pairs of key and show may still be on air.
SELECT key.id AS key_id, show.id AS show_id
FROM unnest(:key_ids::bigint[], :show_ids::bigint[]) AS asked (key_id, show_id)
JOIN broadcast_streamkey key ON key.id = asked.key_id AND key.ended_at IS NULL
JOIN programme_show show ON show.id = asked.show_id AND show.host_id = key.host_id
WHERE show.ends_at + :grace::interval > fair_now() AND show_hindrances(show.id, fair_now()) = '{}';

-- name: list_destinations
-- Where a show is to be sent to, with what the rules of platforms ask about.
SELECT destination.id, destination.platform, destination.address, destination.sealed_key,
    destination.voices_confirmed_at IS NOT NULL AS is_confirmed, host.is_ai AS is_artificial
FROM broadcast_destination destination
JOIN programme_show show ON show.id = destination.show_id
JOIN programme_host host ON host.id = show.host_id
WHERE destination.show_id = :show_id AND destination.is_on
ORDER BY destination.id;

-- name: write_state
-- How it goes with one destination. When it was first sent to is kept from the first report on.
INSERT INTO broadcast_destinationstate AS known (
    destination_id, state, reported_at, connected_at, first_connected_at, connections, sent_bytes,
    dropped_ms, queued_ms, video_bps, keyframe_ms, width, height, audio_rate_hz, sizes,
    fault, fault_detail, fault_at)
SELECT destination.id, :state, fair_now(), fair_now() - :connected_for::interval,
    fair_now() - :connected_for::interval, :connections, :sent_bytes, :dropped_ms, :queued_ms, :video_bps,
    :keyframe_ms, :width, :height, :audio_rate_hz, :sizes, :fault, :fault_detail,
    fair_now() - :fault_for::interval
FROM broadcast_destination destination WHERE destination.id = :destination_id
ON CONFLICT (destination_id) DO UPDATE SET
    state = excluded.state, reported_at = excluded.reported_at,
    connected_at = excluded.connected_at,
    first_connected_at = coalesce(known.first_connected_at, excluded.first_connected_at),
    connections = excluded.connections, sent_bytes = excluded.sent_bytes,
    dropped_ms = excluded.dropped_ms, queued_ms = excluded.queued_ms,
    video_bps = excluded.video_bps, keyframe_ms = excluded.keyframe_ms,
    width = excluded.width, height = excluded.height,
    audio_rate_hz = excluded.audio_rate_hz, sizes = excluded.sizes,
    fault = CASE WHEN excluded.fault = '' THEN known.fault ELSE excluded.fault END,
    fault_detail = CASE WHEN excluded.fault = '' THEN known.fault_detail
        ELSE excluded.fault_detail END,
    fault_at = CASE WHEN excluded.fault = '' THEN known.fault_at ELSE excluded.fault_at END;

-- name: add_fault
-- What went wrong, once each time it happens.
INSERT INTO broadcast_destinationfault (destination_id, code, detail, at)
SELECT destination.id, :code, :detail, fair_now()
FROM broadcast_destination destination WHERE destination.id = :destination_id;
