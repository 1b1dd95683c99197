DROP TABLE rejudge_results;
DROP TABLE rejudges;
