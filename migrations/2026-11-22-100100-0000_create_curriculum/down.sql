DROP TABLE challenges;
DROP TABLE quizzes;
DROP TABLE lessons;
DROP TABLE content_versions;
DROP TABLE modules;
DROP TABLE tracks;
