"""The Compare page: two setups side by side, a prediction first, then what lies between them."""
