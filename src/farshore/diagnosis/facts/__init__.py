"""What evidence says, typed. One module a subject; none of them concludes anything.

A fact carries its evidence, and with it who saw it and when. It never repeats what another fact says, and an absence
is no fact. Values keep the words of the source's own documentation.
"""
