def test_total_of_many():
    pass
