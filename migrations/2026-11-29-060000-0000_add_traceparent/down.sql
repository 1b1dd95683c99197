ALTER TABLE submissions DROP COLUMN traceparent;
