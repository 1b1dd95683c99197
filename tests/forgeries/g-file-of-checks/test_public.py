def test_total_of_three():
    pass


test_evens_are_kept = test_words_are_counted = test_rank_of_three = test_total_of_nothing = test_total_of_three
