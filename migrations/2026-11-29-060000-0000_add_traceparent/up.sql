-- The span that queued a submission (W3C Trace Context), so that its worker goes on with the same trace. Not filled for what is there.
ALTER TABLE submissions ADD COLUMN traceparent text;
