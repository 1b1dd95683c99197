ALTER TABLE lesson_progress DROP COLUMN dwell_met_at;
DROP TABLE streaks;
DROP TABLE activities;
DROP TABLE learner_clocks;
DROP TABLE learner_settings;
