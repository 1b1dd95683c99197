DROP TABLE squad_members;
DROP TABLE squads;
