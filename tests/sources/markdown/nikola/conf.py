BLOG_TITLE = "De Heuvelbode"
