"""The cockpit: web pages over the store for the people of domain section 1, each with the role's daily answer first.

A module belongs here when it reads the store to show something to a person who has signed in, or takes that person's
decision to the store. Arithmetic lives in ``hemoflow.reports``; nothing is planned here. The pages are rendered on the
server, work without a script, without the internet and from the keyboard, and print.
"""
