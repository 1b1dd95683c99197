DROP TABLE board_counts;
DROP TABLE board_scores;
DROP TABLE boards;
