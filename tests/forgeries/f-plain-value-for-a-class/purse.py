Purse = 15
richest = {"richest": 1}
