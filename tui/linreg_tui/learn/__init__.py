"""Lessons on the monitor: a strip of words above the panels, and the list of all lessons.

Texts, questions and answers come from `linreg.lessons`, where the plain command has them too.
"""
