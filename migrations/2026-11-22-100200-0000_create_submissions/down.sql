DROP TABLE drafts;
DROP TABLE submission_checks;
DROP TABLE submissions;
