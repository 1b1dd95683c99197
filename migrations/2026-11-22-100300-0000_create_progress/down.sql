DROP TABLE problem_reports;
DROP TABLE user_achievements;
DROP TABLE xp_entries;
DROP TABLE hint_reveals;
DROP TABLE challenge_progress;
DROP TABLE quiz_attempts;
DROP TABLE lesson_progress;
