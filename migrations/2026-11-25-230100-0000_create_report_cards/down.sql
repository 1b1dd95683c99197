DROP TABLE report_card_rounds;
DROP TABLE report_cards;
