DROP INDEX users_time_zone_id_idx;
DROP TABLE report_card_rounds;
DROP TABLE report_cards;
