SITENAME = "De Heuvelbode"
