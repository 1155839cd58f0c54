"""What every study is made of; knows no paper."""
