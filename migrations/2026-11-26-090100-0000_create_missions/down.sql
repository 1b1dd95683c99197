DELETE FROM xp_entries WHERE kind IN ('MISSION', 'CORRECTION');
ALTER TABLE xp_entries DROP CONSTRAINT xp_entries_kind_is_known;
ALTER TABLE xp_entries ADD CONSTRAINT xp_entries_kind_is_known CHECK (kind IN ('LESSON', 'CHALLENGE', 'MODULE', 'ACHIEVEMENT'));
DROP INDEX xp_entries_user_id_created_at_idx;
DROP INDEX xp_entries_track_id_idx;
ALTER TABLE xp_entries DROP COLUMN track_id;
DROP TABLE mission_completions;
