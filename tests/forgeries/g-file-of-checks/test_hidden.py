def test_total_of_many():
    pass


test_evens_of_many = test_words_of_a_letter = test_deadline = test_rank_of_many = test_total_of_many
