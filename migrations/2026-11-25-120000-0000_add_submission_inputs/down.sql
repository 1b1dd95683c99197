DROP TABLE submission_inputs;
ALTER TABLE submissions DROP CONSTRAINT submissions_only_a_run_is_typed_into;
ALTER TABLE submissions DROP COLUMN stdin_open;
