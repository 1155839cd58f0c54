"""Truths that estimators are held against: closed forms and quadrature."""
