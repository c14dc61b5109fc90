-- Answers to puzzles that were taken: each counts once, in whichever process it comes first.
-- On Citus: distribute admission_usedanswer by digest.

-- name: use_answer
-- One row for whoever is first, none for everybody after. Two at once: the second waits for the
-- first to commit, and gets the answer only if that one did not.
INSERT INTO admission_usedanswer (digest, ends_at)
VALUES (:digest::bytea, :ends_at::timestamptz)
ON CONFLICT (digest) DO NOTHING
RETURNING digest;

-- name: forget_answers
-- Those that are refused as over anyway. `:before` is real time, some minutes ago: the clocks of
-- several machines differ.
DELETE FROM admission_usedanswer WHERE ends_at < :before;
